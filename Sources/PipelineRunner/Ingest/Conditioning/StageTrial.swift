package import PipelineModel
package import Signal

/// Runs one stage of a program's own outside of any pipeline.
package enum StageTrial {
  /// - Parameters:
  ///   - headers: With the segments that breaks of the stream make.
  ///   - values: Frame-major.
  ///   - batchFrames: How many frames are delivered at a time.
  package static func run(
    _ own: OwnStage, on input: FrameStream, headers: [FrameHeader], values: [Float], batchFrames: Int
  ) throws(RunError) -> (stream: FrameStream, headers: [FrameHeader], values: [Float]) {
    let stream: FrameStream
    let step: any PathStep
    do throws(StageMisfit) {
      stream = try own.output(for: input)
      step = try own.step(from: input, to: stream, path: "the stream")
    } catch {
      throw .stageDoesNotFit(stage: own.name, path: nil, error)
    }
    let channels = input.channels.count
    var (headersOut, valuesOut) = ([FrameHeader](), [Float]())
    var block = FrameBlock(channels: channels)
    var output = FrameBlock(channels: stream.channels.count)
    func take() {
      headersOut += output.headers
      valuesOut += output.values
      output.removeAll()
    }
    var start = 0
    while start < headers.count {
      let end = start + min(max(1, batchFrames), headers.count - start)
      block.removeAll()
      block.headers += headers[start..<end]
      block.values += values[start * channels..<end * channels]
      try step.push(block, into: &output)
      take()
      start = end
    }
    try step.finish(into: &output)
    take()
    return (stream, headersOut, valuesOut)
  }
}
