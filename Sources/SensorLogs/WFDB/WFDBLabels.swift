/// The annotations of a record as labels of its frames and as events.
struct WFDBLabels {
  private(set) var labels: LabelTable
  private var held = HeldLabels()
  private(set) var segments = SegmentMarks()
  private let fileLabel: Int32
  private var texts: LabelTable
  private var stored: [(index: Int64, text: Int32)] = []

  var isLabelling: Bool { !held.isEmpty || fileLabel >= 0 }

  private static let maximumEvents = 1 << 18

  /// Reads the annotation file beside the header, if there is one.
  ///
  /// - Parameters:
  ///   - frameHz: What annotations count in, unless their file says otherwise.
  ///   - sampleHz: What ``label(at:)`` counts in.
  init(
    _ companions: CompanionFiles, frameHz: Double, sampleHz: Double, options: LogReadOptions,
    losses: inout LogLosses
  ) throws(LogReadError) {
    labels = LabelTable(maximumCount: options.maximumLabels)
    texts = LabelTable(maximumCount: options.maximumLabels)
    fileLabel = labels.index(ofFileLabel: options.fileLabel)
    let stem = companions.mainName.dropLast(4)
    let name = "\(stem).\(options.annotator ?? "atr")"
    let input = options.annotator == nil ? try companions.openIfPresent(name) : try companions.open(name)
    guard let input else { return }
    let reader = WFDBAnnotationReader(try ByteStream(input, options: options))
    while let annotation = try reader.next() {
      let ratio = sampleHz / (reader.resolutionHz ?? frameHz)
      let position = (Double(annotation.sample) * ratio).rounded()
      guard position.magnitude < 0x1p53 else {
        losses.add(LogLoss(.badTime, byteOffset: 0, detail: name))
        continue
      }
      let index = Int64(position)
      let isRhythm = annotation.type == WFDBAnnotation.rhythm
      let text = annotation.text.flatMap { $0.isEmpty ? nil : $0 }
      guard keep(isRhythm ? text ?? "" : text ?? annotation.symbol, at: index) else {
        note(name, &losses)
        continue
      }
      if annotation.type == WFDBAnnotation.note, segments.add(text ?? "", from: index) { continue }
      switch options.annotations {
      case .held where !isRhythm: continue
      case .held, .untilNext:
        let label = labels.index(of: isRhythm ? text ?? "" : annotation.symbol)
        if label.map({ held.addUntilNext($0, from: index) }) != true { note(name, &losses) }
      case .nearestFrame:
        let label = labels.index(of: isRhythm ? text ?? "" : annotation.symbol)
        if label.map({ held.add($0, from: index, to: index + 1) }) != true { note(name, &losses) }
      }
    }
    for loss in reader.losses.first {
      var named = loss
      named.detail = named.detail.isEmpty ? name : "\(name): \(named.detail)"
      losses.add(named)
    }
    losses.addCounts(of: reader.losses, beyond: reader.losses.first.count)
  }

  /// - Returns: false where there are too many.
  private mutating func keep(_ text: String, at index: Int64) -> Bool {
    guard stored.count < Self.maximumEvents, let number = texts.index(of: text) else { return false }
    stored.append((index, number))
    return true
  }

  private func note(_ name: String, _ losses: inout LogLosses) {
    losses.add(LogLoss(.tooManyLabels, byteOffset: 0, detail: name))
  }

  @inline(__always)
  mutating func label(at index: Int) -> Int32 {
    held.isEmpty ? fileLabel : held.label(at: Int64(index))
  }

  @inline(__always)
  mutating func segment(at index: Int) -> Int32 { segments.segment(at: Int64(index)) }

  func events(_ clock: SampleClock) -> [LogEvent] {
    stored.map { LogEvent(time: clock.time(Int($0.index)), text: $0.text < 0 ? "" : texts.names[Int($0.text)]) }
  }
}
