import Tensors
import TrainingCompiler

/// Average and maximum pooling of one sample, frame-major; pools never pad.
struct PoolingFloat {
  let kernel: NetworkGraph.SlidingKernel
  let input: ActivationShape
  let output: ActivationShape

  /// The mean over all frames is an average pool with one output.
  static func global(input: ActivationShape) -> PoolingFloat {
    PoolingFloat(
      kernel: NetworkGraph.SlidingKernel(size: input.length), input: input,
      output: ActivationShape(length: 1, channels: input.channels))
  }

  func forwardAverage(input x: UnsafePointer<Float>, output y: UnsafeMutablePointer<Float>) {
    let channels = input.channels
    let count = Float(kernel.size)
    for frame in 0..<output.length {
      let target = y + frame * channels
      Elementwise.columnSums(
        x + frame * kernel.stride * channels, rows: kernel.size, channels: channels, into: target)
      for channel in 0..<channels { target[channel] /= count }
    }
  }

  func backwardAverage(
    outputGradients: UnsafePointer<Float>, inputGradients: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    let channels = input.channels
    if !accumulate { inputGradients.update(repeating: 0, count: input.elementCount) }
    let count = Float(kernel.size)
    for frame in 0..<output.length {
      for tap in 0..<kernel.size {
        let target = inputGradients + (frame * kernel.stride + tap) * channels
        for channel in 0..<channels {
          target[channel] += outputGradients[frame &* channels &+ channel] / count
        }
      }
    }
  }

  func forwardMaximum(input x: UnsafePointer<Float>, output y: UnsafeMutablePointer<Float>) {
    let channels = input.channels
    for frame in 0..<output.length {
      for channel in 0..<channels {
        y[frame * channels + channel] = x[argumentOfMaximum(x, frame: frame, channel: channel)]
      }
    }
  }

  /// The whole gradient goes to the first of equal maxima.
  func backwardMaximum(
    input x: UnsafePointer<Float>, outputGradients: UnsafePointer<Float>,
    inputGradients: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    let channels = input.channels
    if !accumulate { inputGradients.update(repeating: 0, count: input.elementCount) }
    for frame in 0..<output.length {
      for channel in 0..<channels {
        inputGradients[argumentOfMaximum(x, frame: frame, channel: channel)] +=
          outputGradients[frame * channels + channel]
      }
    }
  }

  private func argumentOfMaximum(_ x: UnsafePointer<Float>, frame: Int, channel: Int) -> Int {
    var best = frame * kernel.stride * input.channels + channel
    var candidate = best
    for _ in 1..<max(kernel.size, 1) {
      candidate += input.channels
      if x[candidate] > x[best] { best = candidate }
    }
    return best
  }
}
