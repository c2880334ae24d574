import PipelineModel
import PipelineText
import Testing

/// Shares of a tensor's channels, as a pipeline names them.
struct ChannelShareTests {
  private func read(_ update: String) throws -> (pipeline: Pipeline?, messages: [String]) {
    let text = try PipelineFiles.text("mcu1d-rotated.swift")
    let line = try #require(text.split(separator: "\n").first { $0.contains(" Update(") })
    let file = Pipeline.read(text.replacing(String(line), with: "    \(update)"))
    return (file.pipeline, file.diagnostics.map(\.message))
  }

  @Test func sharesAndTheirCriterionAreWrittenAndReadBack() throws {
    let update = "Update(.tensors([\"conv1.weights\", \"block1.expand.weights/4\"]), channels: .gradient)"
    let (pipeline, messages) = try read(update)
    #expect(messages == [])
    let read = try #require(pipeline)
    #expect(read.update?.channels == .gradient)
    #expect(read.update?.scheme == .tensors(["conv1.weights", "block1.expand.weights/4"]))
    #expect(read.source().contains(update))
    #expect(Pipeline.read(read.source()).pipeline == read)
  }

  @Test func magnitudesAreTheDefault() throws {
    #expect(try read("Update(.full)").pipeline?.update?.channels == .magnitude)
  }

  @Test(arguments: [
    ("block1.expand.weights/3", "is no share of a tensor"), ("block1.expand.weights/", "is no share of a tensor"),
    ("block1.expand.weights/4/2", "is no share of a tensor"), ("block1.expand.bias/2", "asks for a share of biases"),
    ("conv1.weights/2", "asks for a share of the sensor's channels"), ("block1.weights/2", "has no tensor"),
    ("/4", "has no tensor"),
  ])
  func whatIsNoShareIsRefused(name: String, message: String) throws {
    let (pipeline, messages) = try read("Update(.tensors([\"\(name)\"]))")
    #expect(pipeline == nil)
    #expect(messages.count == 1 && messages[0].contains(message), "\(messages)")
  }

  /// Until a layer makes channels of its own, all weights are over the sensor's channels.
  @Test func theSensorsChannelsReachAsFarAsALayerMakesItsOwn() {
    var model = Model {
      DepthwiseConv1D(kernel: 3)
      Conv1D(8, kernel: 3)
      Dense(.classes)
    }
    #expect(model.tensorsOfSensorChannels == ["depthwise1.weights", "conv1.weights"])
    model = Model {
      InvertedResidual(8, expand: 1, kernel: 3)
      Dense(.classes)
    }
    #expect(model.tensorsOfSensorChannels == ["block1.depthwise.weights", "block1.project.weights"])
    model = Model {
      InvertedResidual(8, expand: 2, kernel: 3)
      Dense(.classes)
    }
    #expect(model.tensorsOfSensorChannels == ["block1.expand.weights"])
  }
}
