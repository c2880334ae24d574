import Tensors
import TrainingCompiler

/// One float32 depthwise convolution: `input` is `[N, T, C]`, `output` `[N, U, C]`, weights `[K, C]`.
///
/// Padding is left out of the sums instead of being stored.
struct DepthwiseConvolutionFloat {
  let kernel: NetworkGraph.SlidingKernel
  let input: ActivationShape
  let output: ActivationShape

  /// The taps of output `frame` that fall on a frame of the input.
  private func taps(ofOutput frame: Int) -> Range<Int> {
    let first = frame * kernel.stride - kernel.padding
    let low = max(0, -first)
    return low..<max(low, min(kernel.size, input.length - first))
  }

  /// The outputs to which `tap` brings a frame of the input.
  private func outputs(ofTap tap: Int) -> Range<Int> {
    let shift = tap - kernel.padding
    let low = shift < 0 ? (-shift + kernel.stride - 1) / kernel.stride : 0
    let room = input.length - 1 - shift
    let high = room < 0 ? 0 : min(output.length, room / kernel.stride + 1)
    return low..<max(low, high)
  }

  func forward(
    samples: Range<Int>, input x: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    bias: UnsafePointer<Float>?, output y: UnsafeMutablePointer<Float>
  ) {
    let channels = input.channels
    for sample in samples {
      let source = x + sample * input.elementCount
      for frame in 0..<output.length {
        let taps = taps(ofOutput: frame)
        let target = y + (sample * output.elementCount + frame * channels)
        let first = frame * kernel.stride - kernel.padding
        var channel = 0
        while channel &+ 4 <= channels {
          var sum = bias.map { load4($0 + channel) } ?? .zero
          for tap in taps {
            let value = load4(source + ((first &+ tap) &* channels &+ channel))
            sum += value * load4(weights + (tap &* channels &+ channel))
          }
          store4(sum, target + channel)
          channel &+= 4
        }
        while channel < channels {
          var sum = bias.map { $0[channel] } ?? 0
          for tap in taps {
            sum += source[(first &+ tap) &* channels &+ channel] * weights[tap &* channels &+ channel]
          }
          target[channel] = sum
          channel &+= 1
        }
      }
    }
  }

  /// `∂L/∂w[k, c] = Σ over samples and time of ∂L/∂y[u, c] · x[u·stride + k − padding, c]`; overwrites.
  func backwardWeights(
    samples: Range<Int>, input x: UnsafePointer<Float>, outputGradients: UnsafePointer<Float>,
    gradients: UnsafeMutablePointer<Float>
  ) {
    let channels = input.channels
    gradients.update(repeating: 0, count: kernel.size * channels)
    for sample in samples {
      let source = x + sample * input.elementCount
      let errors = outputGradients + sample * output.elementCount
      for tap in 0..<kernel.size {
        let frames = outputs(ofTap: tap)
        let shift = tap - kernel.padding
        let target = gradients + tap * channels
        var channel = 0
        while channel &+ 4 <= channels {
          var sum = load4(target + channel)
          for frame in frames {
            sum +=
              load4(errors + (frame &* channels &+ channel))
              * load4(source + ((frame &* kernel.stride &+ shift) &* channels &+ channel))
          }
          store4(sum, target + channel)
          channel &+= 4
        }
        while channel < channels {
          var sum = target[channel]
          for frame in frames {
            let value = source[(frame &* kernel.stride &+ shift) &* channels &+ channel]
            sum += errors[frame &* channels &+ channel] * value
          }
          target[channel] = sum
          channel &+= 1
        }
      }
    }
  }

  /// `∂L/∂x[t, c] (+)= Σ over taps of ∂L/∂y[(t + padding − k) / stride, c] · w[k, c]`, where that divides.
  func backwardInput(
    samples: Range<Int>, weights: UnsafePointer<Float>, outputGradients: UnsafePointer<Float>,
    inputGradients: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    let channels = input.channels
    for sample in samples {
      let errors = outputGradients + sample * output.elementCount
      for frame in 0..<input.length {
        let target = inputGradients + (sample * input.elementCount + frame * channels)
        let shifted = frame + kernel.padding
        // Output u and tap k meet this frame where u·stride + k == shifted.
        let lastOutput = min(output.length - 1, shifted / kernel.stride)
        let tooFar = shifted - kernel.size
        let firstOutput = tooFar < 0 ? 0 : tooFar / kernel.stride + 1
        let outputs = firstOutput..<max(firstOutput, lastOutput + 1)
        var channel = 0
        while channel &+ 4 <= channels {
          var sum = accumulate ? load4(target + channel) : .zero
          for index in outputs {
            let tap = shifted &- index &* kernel.stride
            sum += load4(errors + (index &* channels &+ channel)) * load4(weights + (tap &* channels &+ channel))
          }
          store4(sum, target + channel)
          channel &+= 4
        }
        while channel < channels {
          var sum = accumulate ? target[channel] : 0
          for index in outputs {
            let tap = shifted &- index &* kernel.stride
            sum += errors[index &* channels &+ channel] * weights[tap &* channels &+ channel]
          }
          target[channel] = sum
          channel &+= 1
        }
      }
    }
  }
}
