import Tensors
import Testing

@Suite struct ConvolutionGeometryTests {
  /// All geometries whose every output sees some of the padded input.
  static let small: [ConvolutionGeometry] = {
    var all: [ConvolutionGeometry] = []
    for kernel in 1...6 {
      for stride in 1...4 {
        for padding in 0..<kernel {
          for length in 1...10 where length + 2 * padding >= kernel {
            for outputs in 1...((length + 2 * padding - kernel) / stride + 1) {
              all.append(
                ConvolutionGeometry(
                  inputLength: length, inputChannels: 3, outputLength: outputs, outputChannels: 2, kernel: kernel,
                  stride: stride, padding: padding))
            }
          }
        }
      }
    }
    return all
  }()

  @Test func tapsAreThoseThatLieInsideTheInput() {
    for geometry in Self.small {
      for t in 0..<geometry.outputLength {
        let inside = (0..<geometry.kernel).filter { k in
          (0..<geometry.inputLength).contains(t * geometry.stride + k - geometry.padding)
        }
        #expect(Array(geometry.taps(of: t)) == inside, "\(geometry), frame \(t)")
      }
    }
  }

  @Test func interiorFramesAreThoseThatSeeNoPadding() {
    for geometry in Self.small {
      let interior = (0..<geometry.outputLength).filter { t in
        (0..<geometry.kernel).allSatisfy { k in
          (0..<geometry.inputLength).contains(t * geometry.stride + k - geometry.padding)
        }
      }
      #expect(Array(geometry.interior) == interior, "\(geometry)")
      #expect(geometry.interior.lowerBound >= 0 && geometry.interior.upperBound <= geometry.outputLength)
    }
  }

  @Test func countsAreProducts() {
    let geometry = ConvolutionGeometry(
      inputLength: 7, inputChannels: 3, outputLength: 4, outputChannels: 5, kernel: 3, stride: 2, padding: 1)
    #expect(geometry.inputCount == 21 && geometry.outputCount == 20 && geometry.patchCount == 9)
    #expect((0..<4).map { geometry.firstFrame(of: $0) } == [-1, 1, 3, 5])
  }

  @Test func geometriesThatCannotBeTrap() async {
    await #expect(processExitsWith: .failure) {
      _ = ConvolutionGeometry(
        inputLength: 4, inputChannels: 1, outputLength: 3, outputChannels: 1, kernel: 3, stride: 1, padding: 0)
    }
    await #expect(processExitsWith: .failure) {
      _ = ConvolutionGeometry(
        inputLength: 4, inputChannels: 1, outputLength: 1, outputChannels: 1, kernel: 3, stride: 1, padding: 3)
    }
  }
}
