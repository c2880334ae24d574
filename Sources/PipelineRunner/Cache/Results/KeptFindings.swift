import Learning

/// How a network does on the held-out subjects.
struct KeptConfusion: KeptResult {
  var confusion: ConfusionMatrix

  init(_ confusion: ConfusionMatrix) { self.confusion = confusion }

  func write(to writer: inout ResultWriter) { writer.add(confusion) }
  init(from reader: inout ResultReader) throws(ResultDamage) { confusion = try reader.confusion() }
}

/// What a search found.
struct KeptSearchOutcome: KeptResult {
  var outcome: SearchOutcome

  init(_ outcome: SearchOutcome) { self.outcome = outcome }

  func write(to writer: inout ResultWriter) { writer.add(json: outcome) }
  init(from reader: inout ResultReader) throws(ResultDamage) { outcome = try reader.json() }
}

/// One subject's adaptation, with the plan that it followed.
struct KeptAdaptation: KeptResult {
  /// A digest of the plan and its numbers: an arena is read by the plan that wrote it.
  var plan: String
  var result: IntegerAdaptation.Result

  init(plan: String, result: IntegerAdaptation.Result) {
    self.plan = plan
    self.result = result
  }

  func write(to writer: inout ResultWriter) {
    writer.add(plan)
    writer.add(result.predictionsBefore)
    writer.add(result.predictionsAfter)
    writer.add(result.losses)
    writer.add(result.accuracies)
    writer.add(result.steps)
    writer.add(result.saturatedErrors)
    writer.add(result.microsecondsPerStep)
    writer.add(result.arena)
  }

  init(from reader: inout ResultReader) throws(ResultDamage) {
    plan = try reader.text()
    result = IntegerAdaptation.Result(
      predictionsBefore: try reader.ints(), predictionsAfter: try reader.ints(), losses: try reader.doubles(),
      accuracies: try reader.doubles(), steps: try reader.int(), saturatedErrors: try reader.int(),
      microsecondsPerStep: try reader.double(),
      arena: try reader.byteArray())
  }
}

extension ResultWriter {
  mutating func add(_ confusion: ConfusionMatrix) {
    add(confusion.classes)
    add(confusion.counts)
  }
}

extension ResultReader {
  mutating func confusion() throws(ResultDamage) -> ConfusionMatrix {
    let (classes, counts) = (try int(), try ints())
    guard (1...65_536).contains(classes), counts.count == classes * classes,
      counts.allSatisfy({ (0...Int(Int32.max)).contains($0) })
    else {
      throw ResultDamage("its counts do not fit together")
    }
    return ConfusionMatrix(classes: classes, counts: counts)
  }
}
