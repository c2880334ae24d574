import ArgumentParser
import Foundation
import PipelineRunner
import SensorLogs

/// Plays recordings as they were, into standard output or a trained model.
struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Plays recordings at their own pace, faster or slower, to standard output or into a model.",
    discussion: """
      EXAMPLES:
        martlet replay walk.mcap | head
        martlet replay acc.csv gyro.csv --rate 4 --from 10s --format csv
        martlet replay walk.csv --rate max --model runs/walk-1
        martlet replay walk.csv --step

      Several recordings are merged by time. --from and --to take an offset (90s, 1m30s, 250ms), a calendar time \
      (2026-03-01T12:00:00Z) or nanoseconds on the recording's clock. On a terminal: space pauses, n or the right \
      arrow plays the next frame or window, + and - change the rate, q ends.

      Exit status 3 means that something of a recording was lost on the way, 130 that the replay was interrupted; \
      what had been played by then is reported. martlet replay --help-hidden shows options for tables that name \
      their columns in an unusual way.
      """)

  @Argument(help: "Recordings, plain or compressed; - is standard input.", completion: .file())
  var logs: [String]

  @Option(help: ArgumentHelp("How many times as fast as recorded, or max.", valueName: "n|max"))
  var rate = PlaybackRate.times(1)

  @OptionGroup var part: RangeOptions

  @Option(
    name: .customLong("loop"), defaultAsFlag: LoopCount.forever,
    help: ArgumentHelp("Play it again and again, or n times; times go on growing.", valueName: "n"))
  var loop: LoopCount?

  @Option(
    defaultAsFlag: ReplayLength(nanoseconds: 1_000_000_000),
    help: ArgumentHelp(
      "Wait no longer than this between two frames; the frames keep their times.", valueName: "time"))
  var squashGaps: ReplayLength?

  @Flag(help: "Begin with each recording's last frame before --from.")
  var latched = false

  @Flag(help: "Wait for a key before each frame, or with --model each window.")
  var step = false

  @Option(help: ArgumentHelp("The channels by name, in this order. (default: all)", valueName: "a,b,c"))
  var channels: String?

  @Option(
    help: ArgumentHelp(
      "The topic whose messages are frames, or several. (default: the first that holds numbers)", valueName: "a,b"))
  var topic: String?

  @Option(help: "The topic whose messages are labels.")
  var labelTopic: String?

  @Option(help: "How lines are written: jsonl or csv.")
  var format = ReplayFormat.jsonl

  @Option(
    help: ArgumentHelp(
      "Predict each window with the model of a run, instead of printing frames.", valueName: "run-dir"),
    completion: .directory)
  var model: String?

  @Option(
    help: ArgumentHelp(
      "With --model: whose adapted weights to use, or none. (default: those of each recording's own subject)",
      valueName: "name|none"))
  var subject: String?

  @Option(
    help: ArgumentHelp(
      "Cut windows as this pipeline's Ingest does, instead of printing frames.", valueName: "pipeline.swift"),
    completion: .pipelineFile)
  var pipeline: String?

  @Option(help: "What happens when the consumer is too slow: block, drop-oldest or drop-newest.")
  var overflow = OverflowChoice.block

  @Option(
    help: ArgumentHelp("Also write the report there, as JSON.", valueName: "file.json"),
    completion: .file())
  var report: String?

  @Flag(name: .shortAndLong, help: "Show no progress and no report.")
  var quiet = false

  @Flag(help: "Replace a report that exists.")
  var force = false

  @OptionGroup var labelling: LabelOptions

  @OptionGroup(title: "Advanced options", visibility: .hidden) var reading: ReplayReadOptions

  func validate() throws {
    if model != nil, pipeline != nil {
      throw ValidationError("give --model or --pipeline, not both; a run directory holds its own pipeline")
    }
    if subject != nil, model == nil { throw ValidationError("--subject chooses the weights of a --model") }
    if model != nil || pipeline != nil {
      if channels != nil { throw ValidationError("the pipeline names the channels; leave out --channels") }
      if topic?.contains(",") == true { throw ValidationError("a pipeline reads one topic of a recording") }
    }
    if case .times(let count)? = loop { try Limits.check(count, of: "--loop", within: 1...1_000_000_000) }
    if latched, part.from == nil {
      throw ValidationError("--latched plays what stands before --from; give --from with it")
    }
    if report == "-" { throw ValidationError("standard output has what is played; name a file for --report") }
    if logs.count > 256 { throw ValidationError("at most 256 recordings are played together, found \(logs.count)") }
  }

  func run() throws {
    if step, !Keyboard.isThere || logs.contains("-") {
      throw Failure(
        ExitStatus.usage,
        "--step waits for keys, and standard input is no terminal; run it in one, or leave out --step")
    }
    if let report { try OutputPlace.checkFile(report, force: force, inputs: logs) }
    let target = try ReplayTarget(model: model, subject: subject, pipeline: pipeline)
    let clock = PlayerClock(rate: rate, isPaused: step)
    let (source, stream) = try ReplaySource.open(inputs(target), options: options, clock: clock)
    try refuseTopics(source)
    if source.isEmpty, source.firstTimes.contains(where: { !$0.isEmpty }), !part.range.isEverything {
      Terminal.standardError.say("no frame lies between --from and --to", as: .warning)
    }
    let sink = try target.sink(source, format)
    let player = ReplayPlayer(source: source, stream: stream, sink: sink, isStepping: step, isQuiet: quiet)
    Interruption.watch()
    let ending = try player.play()
    if let report { try ReplayReportFile(replay: ending.report, windows: sink.tally).write(to: report) }
    try ending.tell(sink.tally, isQuiet: quiet)
  }

  private func inputs(_ target: ReplayTarget) throws -> [ReplayInput] {
    try logs.flatMap { log in
      let topics: [String?] = topic.map(LogReadOptions.names) ?? [nil]
      return try topics.map { topic in
        var input = target.pipeline?.replayInput(log) ?? ReplayInput(path: log)
        input.read.topic = topic ?? input.read.topic
        input.read.labelTopic = labelTopic ?? input.read.labelTopic
        input.read.channels = channels.map(LogReadOptions.names) ?? input.read.channels
        input.read.labels = labelling.source ?? input.read.labels
        try reading.apply(to: &input.read)
        return input
      }
    }
  }

  /// A recording without topics would be played once for each.
  private func refuseTopics(_ source: ReplaySource) throws(Failure) {
    guard topic != nil || labelTopic != nil else { return }
    let others = source.inputs.indices.filter { source.schemas[$0].topic == nil }
    let isChoosingSeveral = topic.map { LogReadOptions.names($0).count > 1 } ?? false
    guard let first = others.first, isChoosingSeveral || others.count == source.inputs.count else { return }
    throw Failure(
      ExitStatus.usage,
      "\(source.inputs[first].path): the recording has no topics, so none can be chosen; leave out "
        + (topic != nil ? "--topic" : "--label-topic"))
  }

  private var options: ReplayOptions {
    var options = ReplayOptions()
    options.from = part.from
    options.to = part.to
    options.duration = part.duration?.nanoseconds
    options.loops =
      switch loop {
      case nil: 1
      case .forever?: nil
      case .times(let count)?: count
      }
    options.longestGap = squashGaps?.nanoseconds
    options.playsLatched = latched
    options.overflow = overflow.policy
    options.capacityFrames = reading.buffer
    return options
  }
}
