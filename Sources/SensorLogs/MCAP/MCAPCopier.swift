/// How recordings are to be copied into a new MCAP file.
public struct MCAPCopyOptions {
  /// What to take: topics, times, and whether an index may be used. Where several inputs are merged by time, or
  /// `order` asks for it, each is read by log time.
  public var read = MCAPReadOptions()
  public var write = MCAPWriteOptions()

  /// Several inputs: by log time, or else one behind the other.
  public var mergesByTime = true
  public var keepsAttachments = true
  public var keepsMetadata = true

  /// Written before all others, with their own times; of the first input.
  var latched: [LatchedMessage] = []

  /// nil: every attachment.
  var keepsAttachment: ((MCAPAttachment) -> Bool)?

  /// Whether a copy without any message is an error, and no file then.
  var needsMessages = false

  public init() {}
}

/// What a copy took and what was lost on the way.
public struct MCAPCopyReport: Sendable, Hashable, Codable {
  public struct Input: Sendable, Hashable, Codable {
    public var path: String
    public var messages = 0
    public var counters = LogCounters()
    public var losses = LogLosses()
    /// Such as why an index could not be used.
    public var notes: [String] = []
  }

  public var output: String
  public var inputs: [Input] = []
  public var messages = 0
  public var attachments = 0
  public var metadata = 0
  /// Attachments whose data do not match their checksum, which are left out.
  public var attachmentsLost = 0
  /// Attachments that were not wanted.
  public var attachmentsLeftOut = 0
  public var bytesWritten = 0

  /// Messages that were written behind a later one, counted in the order written; 0 where all are in order of log time.
  public var stepsBack = 0
  public var hasLosses: Bool { inputs.contains { !$0.losses.isEmpty } }
}

/// Copies messages from recordings into one MCAP file: converts, merges, cuts and filters, with attachments and metadata
/// passed through as they are.
public enum MCAPCopier {
  /// - Parameters:
  ///   - inputs: Files, `-`, or rosbag2 folders.
  ///   - output: Appears under its name only when it is complete.
  ///   - progress: Called now and then with the stored bytes that have been read of all inputs.
  ///   - isCancelled: true ends the copy with ``LogReadError/Code/cancelled``.
  public static func copy(
    _ inputs: [String], to output: String, options: MCAPCopyOptions = MCAPCopyOptions(),
    progress: ((_ bytesRead: Int) -> Void)? = nil, isCancelled: () -> Bool = { false }
  ) throws(LogReadError) -> MCAPCopyReport {
    guard !inputs.isEmpty else { throw LogReadError(.noFileMatches, path: output) }
    var copies: [Input] = []
    let isMerging = inputs.count > 1 && options.mergesByTime
    for path in inputs { copies.append(try Input(path, options, byTime: isMerging)) }
    var write = options.write
    let profiles = Set(copies.map(\.reader.profile))
    if write.profile.isEmpty, profiles.count == 1 { write.profile = profiles.first ?? "" }
    let writer = try MCAPWriter(output, options: write)
    var copy = Copy(writer: writer, options: options, report: MCAPCopyReport(output: output))
    try copy.run(copies, isMerging: isMerging, progress, isCancelled)
    if options.needsMessages, copy.report.messages == 0 {
      throw LogReadError(.noFrames(firstLoss: copies[0].report.losses.first.first?.code), path: inputs[0])
    }
    try writer.finish()
    copy.report.bytesWritten = writer.bytesWritten
    copy.report.inputs = copies.map(\.report)
    return copy.report
  }

  fileprivate final class Input {
    let path: String
    let reader: MCAPReader
    let spool = AttachmentSpool()
    var numbers = MCAPRenumbering.Numbers()
    var messages = 0
    var losses = LogLosses()

    init(_ path: String, _ options: MCAPCopyOptions, byTime: Bool) throws(LogReadError) {
      self.path = path
      var read = options.read
      if byTime { read.order = .logTime }
      let spool = spool
      read.attachmentData = options.keepsAttachments ? { spool.append($0) } : nil
      read.attachmentBegins = { spool.removeAll() }
      reader = try MCAPReader(path, options: read)
    }

    var report: MCAPCopyReport.Input {
      var all = reader.losses
      all.add(contentsOf: losses)
      return .init(path: path, messages: messages, counters: reader.counters, losses: all, notes: reader.notes)
    }
  }

  private struct Head: Comparable {
    var time: UInt64
    var input: Int
    static func < (a: Head, b: Head) -> Bool { (a.time, a.input) < (b.time, b.input) }
  }

  private struct Copy {
    let writer: MCAPWriter
    let options: MCAPCopyOptions
    var report: MCAPCopyReport
    var renumbering = MCAPRenumbering()
    var lastTime: UInt64 = 0

    mutating func run(
      _ inputs: [Input], isMerging: Bool, _ progress: ((Int) -> Void)?, _ isCancelled: () -> Bool
    ) throws(LogReadError) {
      for message in options.latched { try write(message, of: inputs[0]) }
      var heap = MinimumHeap<Head>()
      var waiting: [MCAPMessage?] = Array(repeating: nil, count: inputs.count)
      var started = 0
      while true {
        // One behind the other, an input is only begun when the one before it has ended.
        while started < inputs.count, isMerging || heap.isEmpty {
          waiting[started] = try nextMessage(of: inputs[started])
          if let message = waiting[started] { heap.insert(Head(time: message.logTime, input: started)) }
          started += 1
        }
        guard let head = heap.minimum, let message = waiting[head.input] else { return }
        try write(message, of: inputs[head.input])
        waiting[head.input] = try nextMessage(of: inputs[head.input])
        if let next = waiting[head.input] {
          heap.replaceMinimum(Head(time: next.logTime, input: head.input))
        } else {
          _ = heap.removeMinimum()
        }
        if report.messages % 4096 == 0 {
          if isCancelled() { throw LogReadError(.cancelled, path: report.output) }
          progress?(inputs.reduce(0) { $0 + $1.reader.counters.bytesRead })
        }
      }
    }

    private mutating func write(_ latched: LatchedMessage, of input: Input) throws(LogReadError) {
      if let schema = latched.schema, case .new(let named) = renumbering.add(schema, &input.numbers) {
        try writer.add(named)
      }
      if case .new(let named) = renumbering.add(latched.channel, &input.numbers) { try writer.add(named) }
      guard let id = input.numbers.channels[latched.channel.id] else { return }
      var message = latched.message
      message.channelID = id
      try writer.write(message, payload: latched.payload)
      lastTime = message.logTime
      input.messages += 1
      report.messages += 1
    }

    private mutating func write(_ message: MCAPMessage, of input: Input) throws(LogReadError) {
      guard let id = input.numbers.channels[message.channelID] else {
        input.losses.add(LogLoss(.definitionTooLarge, byteOffset: 0, detail: "channel \(message.channelID)"))
        return
      }
      var copied = message
      copied.channelID = id
      try writer.write(copied, payload: input.reader.payload)
      if message.logTime < lastTime { report.stepsBack += 1 }
      lastTime = message.logTime
      input.messages += 1
      report.messages += 1
    }

    /// Copies what comes before the next message, and gives that.
    private mutating func nextMessage(of input: Input) throws(LogReadError) -> MCAPMessage? {
      while let element = try input.reader.next() {
        switch element {
        case .message(let message): return message
        case .schema(let schema):
          if case .new(let named) = renumbering.add(schema, &input.numbers) { try writer.add(named) }
        case .channel(let channel):
          if case .new(let named) = renumbering.add(channel, &input.numbers) { try writer.add(named) }
        case .metadata(let metadata):
          guard options.keepsMetadata else { continue }
          try writer.add(metadata)
          report.metadata += 1
        case .attachment(let attachment):
          defer { input.spool.removeAll() }
          guard options.keepsAttachments else { continue }
          guard options.keepsAttachment?(attachment) ?? true else {
            report.attachmentsLeftOut += 1
            continue
          }
          // A new checksum would vouch for what the old one denies.
          guard attachment.checksumMatches != false, input.spool.byteCount == attachment.dataBytes else {
            report.attachmentsLost += 1
            continue
          }
          try input.spool.write(attachment, to: writer)
          report.attachments += 1
        }
      }
      return nil
    }
  }
}
