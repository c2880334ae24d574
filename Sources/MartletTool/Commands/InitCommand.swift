import ArgumentParser
import Foundation
import PipelineRunner
import SensorLogs

/// Writes a first pipeline for recordings.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Looks at recordings and writes a pipeline file for them.",
    discussion: """
      EXAMPLES:
        martlet init walk.csv
        martlet init recordings/ --budget 32KiB -o wearers.swift
        martlet init bearing_*.csv --label-column state
        martlet init ecg/ --labels '*.ann.csv'

      Recordings are read to their ends. What follows from them, which channels, at which rate, how long windows are, \
      who is held out, stands in the file with its reasons, to be read and changed. The file is checked and tried on the \
      recordings, and its training fits into the budget. Then: martlet run FILE
      """)

  @Argument(help: "Recordings of one kind of sensor, plain or compressed, or folders of them.", completion: .file())
  var logs: [String]

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file to write; - is standard output. (default: NAME.swift)", valueName: "file"),
    completion: .pipelineFile)
  var output: String?

  @Option(help: "The pipeline's name. (default: that of --output, the recording or the folder)")
  var name: String?

  @Option(
    help: ArgumentHelp("The bytes that training may take on the device, such as 64KiB; 1 to 1GiB.", valueName: "size"))
  var budget = "64KiB"

  @Option(
    help: ArgumentHelp("Subjects to hold out of pretraining, by the start of their file names.", valueName: "a,b"))
  var holdOut: String?

  @OptionGroup var labelNames: LabelNameOptions
  @OptionGroup var reading: LogOptions

  @Flag(help: "Print the summary as JSON.")
  var json = false

  @Flag(name: .shortAndLong, help: "Show no progress and no summary.")
  var quiet = false

  @Flag(help: "Replace an output that exists.")
  var force = false

  @OptionGroup(title: "Advanced options", visibility: .hidden) var advanced: AdvancedLogOptions

  func validate() throws {
    guard !logs.isEmpty else { throw ValidationError("init takes a recording or a folder of them") }
    if json, output == "-" {
      throw ValidationError("the pipeline and the summary cannot both go to standard output; name a file for --output")
    }
    guard ByteSize.bytes(budget) != nil else {
      throw ValidationError("--budget takes a size such as 64KiB or 65536, found '\(budget)'")
    }
    try refuseWhatNoPipelineSays()
  }

  /// What only other commands can do with recordings: a pipeline written without it would read them otherwise.
  private func refuseWhatNoPipelineSays() throws {
    let format = advanced.format
    let refusals: [(isGiven: Bool, text: String)] = [
      (
        format.sdsMetadata != nil,
        "--sds-metadata: a pipeline reads the description beside an SDS recording; put it there"
      ),
      (format.annotator != nil, "--annotator: a pipeline reads annotations that end in .atr; name the file so"),
      (
        format.signingKeyFile != nil,
        "--signing-key-file: a pipeline verifies no signature; verify the recordings by 'martlet info' and leave it out"
      ),
      (
        format.windowLog != nil,
        "--window-log: a pipeline reads zstd windows of up to 8 MiB; compress the recordings anew by 'martlet convert'"
      ),
      (
        format.maximumDecoded != nil,
        "--maximum-decoded: a pipeline reads recordings to their ends; cut them by 'martlet cut'"
      ),
    ]
    if let refusal = refusals.first(where: \.isGiven) { throw ValidationError(refusal.text) }
  }

  func run() throws {
    let files = try recordings()
    let folder = RecordingFolder.common(files)
    let output = output ?? "\(title(folder)).swift"
    if output != "-" { try OutputPlace.checkFile(output, force: force) }
    Interruption.watch()
    let reporter = ProgressReporter(isQuiet: quiet || output == "-")
    let labelFile = try LabelFilePlace(reading.labelling.source)
    let (surveys, hasLosses) = try survey(files, labelFile, reporter)
    var options = StarterPipeline.Options(name: title(folder), budgetBytes: ByteSize.bytes(budget) ?? 0)
    options.labelNames = try labelNames.names.map { StarterPipeline.LabelNames($0) } ?? LabelNames.beside(files)
    options.reading = try readOptions()
    options.labelFile = labelFile?.name(for: surveys.map(\.path))
    options.holdOut = holdOut.map(LogReadOptions.names)
    let starter = try starter(surveys, folder, options, reporter)
    guard output != "-" else {
      try StandardOutput.write(starter.commentedText)
      if hasLosses { throw Failure(ExitStatus.dataLost) }
      return
    }
    try OutputPlace.write(starter.commentedText.utf8, to: output)
    if json {
      try StandardOutput.write(ReportJSON.text(Report(starter, output)))
    } else if !quiet {
      let text = starter.summary + "\n\nwrote \(output); next: martlet run \(output)\n"
      try StandardOutput.write(text.printableLines)
    }
    if hasLosses { throw Failure(ExitStatus.dataLost) }
  }

  private struct Report: Encodable {
    struct Reason: Encodable {
      var stage: String
      var text: String
    }

    /// Grows when a key changes its meaning or goes away.
    var schemaVersion = 1
    var pipeline: String
    var output: String
    var reasons: [Reason]

    init(_ starter: StarterPipeline, _ output: String) {
      pipeline = starter.pipeline.name
      self.output = output
      reasons = starter.reasons.map { Reason(stage: $0.stage, text: $0.text) }
    }
  }

  private func readOptions() throws -> LogReadOptions {
    var options = try LogReadOptions(reading, advanced)
    // As a pipeline has it: in messages a column is a field.
    options.labelField = options.labelColumn
    options.segmentField = options.segmentColumn
    return options
  }

  // MARK: Recordings

  /// The recordings that are meant by what was named on the command line.
  private func recordings() throws(Failure) -> [String] {
    var files: [String] = []
    for log in logs {
      if log == "-" {
        throw Failure(
          ExitStatus.usage, "a pipeline reads its recordings again and again, so they cannot come by a pipe")
      }
      if RecordingFolder.isFolder(log) {
        files += try RecordingFolder.recordings(in: log, raw: advanced.format.raw != nil)
      } else if OutputPlace.exists(log) || OutputPlace.exists("\(log).hea") {
        files.append(log)
      } else {
        throw Failure(ExitStatus.missingInput, "\(log): there is no such file")
      }
    }
    if let labels = try LabelFilePlace(reading.labelling.source) {
      let all = files
      files.removeAll { !logs.contains($0) && labels.holdsLabels($0, of: all) }
    }
    guard !files.isEmpty else { throw Failure(ExitStatus.missingInput, "\(logs[0]): holds nothing but labels") }
    return Set(files).sorted()
  }

  /// A name for the pipeline: that which it was given, of the file that is written, the only recording, or the folder.
  private func title(_ folder: String) -> String {
    if let name { return name }
    var stem = OutputPlace.lastPart(folder)
    if let output, output != "-" {
      stem = OutputPlace.lastPart(output)
      if stem.lowercased().hasSuffix(".swift") { stem.removeLast(6) }
    } else if logs.count == 1 {
      stem = RecordingFolder.isFolder(logs[0]) ? OutputPlace.lastPart(logs[0]) : LogFileName(logs[0]).stem
    }
    let letters = stem.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0).lowercased() : "-" }.joined()
    let words = letters.split(separator: "-").joined(separator: "-")
    guard let first = words.first else { return "recordings" }
    return first.isLetter ? words : "recording-\(words)"
  }

  /// - Returns: What recordings show, and whether something of them was lost, which has been told.
  private func survey(
    _ files: [String], _ labelFile: LabelFilePlace?, _ reporter: ProgressReporter
  ) throws -> ([RecordingSurvey], hasLosses: Bool) {
    var options = try readOptions()
    defer { reporter.finish() }
    var surveys: [RecordingSurvey] = []
    var hasLosses = false
    for file in files {
      if let labelFile { options.labels = labelFile.source(for: file) }
      // A folder may hold files that are no recordings; a file that was named must be one.
      let isNamed = logs.contains(file)
      let survey: RecordingSurvey
      do throws(LogReadError) {
        survey = try RecordingSurvey(
          file, options: options, progress: reporter.byteCounter("looking at \(OutputPlace.lastPart(file))"),
          isCancelled: { Interruption.isRequested })
      } catch {
        if case .cancelled = error.code { throw Interruption.failure }
        guard !isNamed else { throw Failure(error.exitStatus, error.description) }
        reporter.finish()
        Terminal.standardError.say("left out: \(error.description)", as: .warning)
        hasLosses = hasLosses || error.isDamage
        continue
      }
      reporter.finish()
      let losses = survey.summary.losses
      if survey.summary.frames == 0 {
        let sentence = Self.framelessSentence(survey)
        guard !isNamed else { throw Failure(ExitStatus.unusableData, sentence) }
        Terminal.standardError.say("left out: \(sentence)", as: .warning)
      } else {
        Losses.tell(losses, of: file)
        surveys.append(survey)
      }
      hasLosses = hasLosses || !losses.isEmpty
    }
    guard !surveys.isEmpty else {
      throw Failure(ExitStatus.unusableData, "\(logs[0]): holds no recording that can be read")
    }
    return (surveys, hasLosses)
  }

  private static func framelessSentence(_ survey: RecordingSurvey) -> String {
    let losses = survey.summary.losses
    guard let first = losses.first.first else { return "\(survey.path): the recording holds no frame" }
    return "\(survey.path): no frame can be read; "
      + (losses.total == 1 ? "what was lost: " : "\(Readable.count(losses.total)) losses, the first: ") + "\(first)"
      + advice(first)
  }

  private static func advice(_ loss: LogLoss) -> String {
    switch loss.code {
    case .badCell where loss.detail.contains(","):
      "; numbers with a decimal comma are read by --decimal comma, where another sign separates cells"
    case .badTime: "; frames without times are read at a rate, --rate HERTZ"
    default: ""
    }
  }

  private func starter(
    _ surveys: [RecordingSurvey], _ folder: String, _ options: StarterPipeline.Options, _ reporter: ProgressReporter
  ) throws(Failure) -> StarterPipeline {
    defer { reporter.finish() }
    let count = reporter.byteCounter("trying the pipeline")
    let observer = RunObserver(
      progress: { if case .reading(_, let done, let total) = $0 { count(done, total) } },
      isCancelled: { Interruption.isRequested })
    do {
      return try StarterPipeline(
        surveys, in: folder.isEmpty ? "." : folder, options: options, observer: observer)
    } catch {
      if case .cancelled = error { throw Interruption.failure }
      throw Failure(ExitStatus.unusableData, error.description)
    }
  }
}

extension LogReadError {
  /// Whether the file is a recording of which something is lost.
  fileprivate var isDamage: Bool {
    switch code {
    case .damaged, .cannotRead: true
    default: false
    }
  }
}
