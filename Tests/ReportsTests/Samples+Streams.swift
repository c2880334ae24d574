import Reports

extension Samples {
  static var curves: [LearningCurve] {
    [("s08", 0.713), ("s09", 0.822), ("s10", 0.754)].map { (subject: String, start: Double) -> LearningCurve in
      let losses = [0.64, 0.32, 0.21, 0.16, 0.13]
      let accuracies = [0.0, 0.5, 0.7, 0.8, 0.9, 1].map { (share: Double) -> Double in start + (0.95 - start) * share }
      return LearningCurve(subject: subject, seed: 7, losses: losses, accuracies: accuracies)
    }
  }

  static var layers: [LayerUse] {
    [
      LayerUse(
        name: "conv1", weights: 960, updatedWeights: 960, biases: 32, updatedBiases: 32, arenaBytes: 1_088,
        forward: 61_440, inputGradient: 0, weightGradient: 61_440),
      LayerUse(
        name: "block1.expand", weights: 3_072, updatedWeights: 768, biases: 96, updatedBiases: 96, arenaBytes: 1_152,
        forward: 196_608, inputGradient: 196_608, weightGradient: 49_152),
      LayerUse(
        name: "dense1", weights: 896, updatedWeights: 0, biases: 7, updatedBiases: 0, arenaBytes: 0, forward: 896,
        inputGradient: 896, weightGradient: 0),
    ]
  }

  static var recordings: [RecordingMetrics] {
    [
      RecordingMetrics(
        file: "s01.mcap", subject: "s01", frames: 24_410, seconds: 488.2, hertz: 50, lowestHertz: 49.87,
        highestHertz: 50.12, gaps: 3),
      RecordingMetrics(
        file: "s04.mcap", subject: "s04", frames: 20_001, seconds: 431.75, hertz: 49.5, lowestHertz: 41.25,
        highestHertz: 50.5, gaps: 9, filledFrames: 12, droppedFrames: 34, timeFaults: 2, losses: 1),
    ]
  }

  static var timelines: [RecordingTimeline] {
    [
      RecordingTimeline(secondsPerBin: 8, frames: [Int](repeating: 400, count: 61), gaps: [60.5, 200, 311]),
      RecordingTimeline(
        secondsPerBin: 8, frames: (0..<54).map { $0 == 20 || $0 == 21 ? 0 : $0 % 9 == 0 ? 200 : 396 }, gaps: [160, 300]),
    ]
  }

  static var previews: [StreamPreview] {
    ["s08", "s09"].map { (subject: String) -> StreamPreview in
      let windows = (0..<120).map { (index: Int) -> StreamPreview.Window in
        let label = index / 20 % 7
        return StreamPreview.Window(
          start: Double(index) * 0.5 + Double(index / 20) * 3, label: label,
          before: index % 7 < 2 ? (label + 1) % 7 : label, after: index % 31 == 3 ? (label + 2) % 7 : label)
      }
      let pieces = [0..<20, 20..<30].map { range in
        StreamPreview.Piece(
          start: windows[range.lowerBound].start, windows: range,
          values: (0..<3).map { wave(frames: range.count * 20 + 20, channel: $0, from: range.lowerBound) })
      }
      return StreamPreview(
        subject: subject,
        channels: [
          StreamPreview.Channel(name: "acc_x", unit: "g"), StreamPreview.Channel(name: "acc_y", unit: "g"),
          StreamPreview.Channel(name: "gyro", unit: "rad/s"),
        ], hertz: 40, windowSeconds: 1, hopSeconds: 0.5, windows: windows, omittedWindows: 7, pieces: pieces)
    }
  }

  private static func wave(frames: Int, channel: Int, from start: Int) -> [Float] {
    (0..<frames).map { frame in
      let place = frame * (channel + 3) % 40 - 20
      return Float(place) / 10 + Float(start) / 40
    }
  }
}
