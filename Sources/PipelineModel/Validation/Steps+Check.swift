extension Read {
  func check(in validation: inout Validation, at path: PipelinePath) {
    if let reason = Self.globMistake(in: files) {
      validation.report(
        .invalidValue(subject: "Read(_:)", reason: .notAGlob(reason: reason)), at: path.parameter("files"))
    }
    if !format.hasTopics, let topic {
      validation.report(
        .wrongForFormat(subject: "Read(topic:)", value: "\"\(topic)\"", format: format), at: path.parameter("topic"))
    }
    if let time, !time.suits(format) {
      validation.report(
        .wrongForFormat(subject: "Read(time:)", value: time.literalName, format: format), at: path.parameter("time"))
    }
    if let timeUnit, !format.hasColumns, !format.hasTopics {
      validation.report(
        .wrongForFormat(subject: "Read(timeUnit:)", value: ".\(timeUnit.name)", format: format),
        at: path.parameter("timeUnit"))
    }
    if let columns {
      validation.checkNames(columns, subject: "Read(columns:)", at: path.parameter("columns"))
      if !format.hasCells {
        validation.report(
          .wrongForFormat(subject: "Read(columns:)", value: "given", format: format), at: path.parameter("columns"))
      }
    }
    if let decimal, !format.hasCells {
      validation.report(
        .wrongForFormat(subject: "Read(decimal:)", value: ".\(decimal.name)", format: format),
        at: path.parameter("decimal"))
    }
    checkRaw(in: &validation, at: path)
    if let channels {
      validation.checkNames(channels, subject: "Read(channels:)", at: path.parameter("channels"))
    }
    if label?.isEmpty == true {
      validation.report(.emptyString(subject: "Read(label:)"), at: path.parameter("label"))
    }
  }

  /// What only recordings without a description of their own need.
  private func checkRaw(in validation: inout Validation, at path: PipelinePath) {
    func refuse(_ argument: String, _ value: String) {
      validation.report(
        .wrongForFormat(subject: "Read(\(argument):)", value: value, format: format), at: path.parameter(argument))
    }
    if format == .raw {
      let mistake = RawField.mistake(in: fields ?? [], hertz: hertz)
      if let reason = fields == nil ? "it is missing" : mistake {
        validation.report(
          .invalidValue(subject: "Read(fields:)", reason: .notARawFrame(reason: reason)),
          at: fields == nil ? path : path.parameter("fields"))
      }
      return
    }
    if fields != nil { refuse("fields", "given") }
    if byteOrder != .little { refuse("byteOrder", ".\(byteOrder.name)") }
    if skipBytes != 0 { refuse("skipBytes", "\(skipBytes)") }
    if let hertz, !format.hasColumns { refuse("hertz", hertz.numeral) }
  }

  /// What is wrong with a file pattern, if anything is.
  private static func globMistake(in pattern: String) -> String? {
    if pattern.isEmpty { return "it is empty" }
    if pattern.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
      return "it holds a control character"
    }
    var isOpen = false
    var isEmpty = true
    for character in pattern {
      switch (character, isOpen) {
      case ("[", false): (isOpen, isEmpty) = (true, true)
      // A bracket that closes at once stands for itself.
      case ("]", true) where !isEmpty: isOpen = false
      case (_, true): isEmpty = false
      default: break
      }
    }
    return isOpen ? "a '[' is not closed" : nil
  }
}

extension TimeSource {
  /// Whether recordings of a format have such a clock.
  fileprivate func suits(_ format: RecordingFormat) -> Bool {
    switch self {
    case .log, .publish, .field: format.hasTopics
    case .column: format.hasColumns
    }
  }

  fileprivate var literalName: String {
    if case .member(let name, _) = literal { ".\(name)" } else { "" }
  }
}

extension Subjects {
  func check(in validation: inout Validation, at path: PipelinePath) {
    if case .constant("") = source {
      validation.report(.emptyString(subject: ".constant(_:)"), at: path.parameter("from").parameter("name"))
    }
  }
}

extension Labels {
  func check(in validation: inout Validation, at path: PipelinePath) {
    if column.isEmpty { validation.report(.emptyString(subject: "Labels(column:)"), at: path.parameter("column")) }
    checkOrigin(in: &validation, at: path)
    validation.checkNames(ignore, subject: "Labels(ignore:)", at: path.parameter("ignore"), mayBeEmpty: true)
    guard let names else { return }
    validation.checkNames(names, subject: "Labels(names:)", at: path.parameter("names"), mayBeEmpty: true)
    for (index, label) in ignore.enumerated() where !names.contains(label) {
      validation.report(
        .ignoredLabelUnknown(label: label, nearest: nearestName(to: label, in: names)),
        at: path.parameter("ignore").element(index))
    }
    let count = classNames?.count ?? 0
    if count < 2 { validation.report(.tooFewClasses(count), at: path.parameter("names")) }
  }
}

extension Labels {
  /// Labels stand in the recording or elsewhere, and a topic or a column is of the recording.
  private func checkOrigin(in validation: inout Validation, at path: PipelinePath) {
    if let reason = origin.fileMistake {
      validation.report(
        .invalidValue(subject: "Labels(from:)", reason: .notALabelFile(reason: reason)),
        at: path.parameter("from").parameter("file"))
    }
    guard origin != .recording else { return }
    let others = [topic == nil ? nil : "topic", column == Labels().column ? nil : "column"].compactMap { $0 }
    if let other = others.first {
      validation.report(.exclusiveArguments(owner: "Labels", labels: ["from", other]), at: path)
    }
  }
}

extension Segments {
  func check(in validation: inout Validation, at path: PipelinePath) {
    if column.isEmpty { validation.report(.emptyString(subject: "Segments(column:)"), at: path.parameter("column")) }
  }
}

extension Rotate {
  func check(in validation: inout Validation, at path: PipelinePath) {
    if (matrices == nil) == (seed == nil) {
      validation.report(.exclusiveArguments(owner: "Rotate", labels: ["matrices", "seed"]), at: path)
    }
    if matrices?.isEmpty == true {
      validation.report(.emptyString(subject: "Rotate(matrices:)"), at: path.parameter("matrices"))
    }
    guard let channels else { return }
    for (index, triplet) in channels.enumerated() where triplet.count != 3 {
      validation.report(
        .invalidValue(subject: "Rotate(channels:)", reason: .notATriplet(count: triplet.count)),
        at: path.parameter("channels").element(index))
    }
  }
}

extension Window {
  func check(in validation: inout Validation, at path: PipelinePath) {
    if (seconds == nil) == (samples == nil) {
      validation.report(.exclusiveArguments(owner: "Window", labels: ["seconds", "samples"]), at: path)
    }
  }
}

extension Split {
  func check(in validation: inout Validation, at path: PipelinePath) {
    if (holdOut == nil) == (holdOutLast == nil) {
      validation.report(.exclusiveArguments(owner: "Split", labels: ["holdOut", "holdOutLast"]), at: path)
    }
    guard let holdOut else { return }
    validation.checkNames(holdOut, subject: "Split(holdOut:)", at: path.parameter("holdOut"))
  }
}

extension Validation {
  /// Reports names that are empty or stand twice.
  mutating func checkNames(_ names: [String], subject: String, at path: PipelinePath, mayBeEmpty: Bool = false) {
    if names.isEmpty && !mayBeEmpty { report(.emptyArray(subject: subject), at: path) }
    var seen: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      if name.isEmpty {
        report(.emptyString(subject: subject), at: path.element(index))
      } else if let earlier = seen[name] {
        report(
          .duplicateElement(subject: subject, element: name), at: path.element(index), related: path.element(earlier))
      } else {
        seen[name] = index
      }
    }
  }
}
