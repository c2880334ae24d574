import Foundation
import Reports
import Testing

/// Runs that are unlike the sample: more of everything, less of everything.
enum ExtremeSamples {
  static let names = ["oneClass", "manyClasses", "oneSubject", "manySubjects", "noAdaptation", "searchOnly", "hostile"]

  static func report(_ name: String) -> RunReport {
    switch name {
    case "oneClass": classes(["only"])
    case "manyClasses": classes((0..<30).map { "a class with the number \($0)" })
    case "oneSubject": subjects(1)
    case "manySubjects": subjects(40)
    case "noAdaptation": withoutAdaptation
    case "searchOnly": searchOnly
    default: hostile
    }
  }

  private static func classes(_ names: [String]) -> RunReport {
    var report = Samples.full
    let counts = names.indices.map { (row: Int) -> [Int] in
      names.indices.map { (column: Int) -> Int in row == column ? 1_234 : (column * 7 + row) % 5 * 11 }
    }
    report.metrics.evaluation?.confusion = ConfusionMetrics(classes: names, before: counts, after: counts)
    for place in report.previews.indices {
      for window in report.previews[place].windows.indices {
        report.previews[place].windows[window].label = window % names.count
        report.previews[place].windows[window].before = window * 3 % names.count
        report.previews[place].windows[window].after = window % names.count
      }
    }
    return report
  }

  private static func subjects(_ count: Int) -> RunReport {
    var report = Samples.full
    func score(_ value: Int) -> Score { Score(accuracy: Double(value) / 100, macroF1: Double(value) / 101) }
    report.metrics.evaluation?.perSubject = (0..<count).map { (index: Int) -> SubjectMetrics in
      SubjectMetrics(
        subject: "wearer number \(index)", windowsAdapted: 100 + index, windowsTested: 90 + index,
        before: score(40 + index % 50), after: score(45 + index * 7 % 55))
    }
    let seeds: [UInt64] = count == 1 ? [7, 8, 9] : [7]
    report.adaptationCurves = (0..<count).flatMap { (index: Int) -> [LearningCurve] in
      seeds.map { seed in
        let last = Double(index) / 60 + Double(seed) / 30
        return LearningCurve(
          subject: "wearer number \(index)", seed: seed, losses: [2, 1, last],
          accuracies: [0.4, 0.5, 0.6, min(1, last)])
      }
    }
    let recordings = (0..<count * 5).map { (index: Int) -> RecordingMetrics in
      RecordingMetrics(
        file: "recording-\(index).mcap", subject: "wearer number \(index / 5)", frames: 1_000_000,
        seconds: 20_000.125, hertz: 50, lowestHertz: 12.5, highestHertz: 99.75, gaps: index)
    }
    report.metrics.ingest.recordings = recordings
    let frames = (0..<157).map { (bin: Int) -> Int in bin % 7 * 1_000 }
    let gaps = (0..<64).map { (gap: Int) -> Double in Double(gap) * 300 }
    report.timelines = recordings.map { _ in RecordingTimeline(secondsPerBin: 128, frames: frames, gaps: gaps) }
    report.previews = Array(report.previews.prefix(count))
    return report
  }

  private static var withoutAdaptation: RunReport {
    var report = RunReport(metrics: Samples.full.metrics)
    report.metrics.evaluation = nil
    report.metrics.training = nil
    report.metrics.memory = nil
    report.metrics.search = nil
    report.pretrainingHistory = [EpochResult(loss: 1, accuracy: 0.5)]
    return report
  }

  private static var searchOnly: RunReport {
    var report = withoutAdaptation
    report.metrics.pretraining = nil
    report.metrics.quantization = nil
    report.metrics.search = Samples.full.metrics.search
    report.search = Samples.full.search
    return report
  }

  /// Names that try to become elements, scripts and attributes, and some that are merely long.
  private static var hostile: RunReport {
    let evil = "</title></svg></table><script>document.title='x'</script><img src=x onerror=alert(1)>\"'`${1}"
    let long = String(repeating: "averylongnamewithoutaplacetobreak", count: 12)
    var report = Samples.full
    report.metrics.pipeline = evil + long
    report.metrics.training?.scheme = evil
    report.metrics.ingest.losses = [evil, long]
    report.metrics.ingest.notes = [evil]
    report.metrics.ingest.recordings?[0].file = evil
    report.metrics.ingest.recordings?[0].subject = long
    report.metrics.evaluation?.perSubject[0].subject = evil
    report.metrics.evaluation?.perSubject[1].subject = long
    report.metrics.evaluation?.confusion.classes[0] = evil
    report.metrics.evaluation?.confusion.classes[1] = long
    report.adaptationCurves[0].subject = evil
    report.adaptationCurves[1].subject = long
    report.previews[0].subject = evil
    report.previews[1].subject = long
    report.previews[0].channels[0] = StreamPreview.Channel(name: long, unit: evil)
    report.layers[0].name = evil
    report.layers[1].name = long
    report.arenaBuffers[0].name = evil
    report.stepNames[0] = evil
    report.stepNames[9] = long
    report.search?.candidates[0].name = evil
    report.search?.candidates[1].name = long
    report.search?.candidates[1].origin = evil
    report.metrics.search?.tensors = [evil, long]
    report.provenance = [Fact(evil, long), Fact(long, evil)]
    return report
  }
}

struct ExtremeReportTests {
  @Test(arguments: ExtremeSamples.names) func pagesOfUnusualRunsAreWholeAndSmall(name: String) {
    let page = ReportPage(ExtremeSamples.report(name)).html()
    #expect(page.hasSuffix("</html>\n"))
    #expect(page.utf8.count < 1_500_000, "\(page.utf8.count)")
    #expect(page.matches(of: /<script/).count == 1)
    for word in ["nan\"", "inf\"", "<img"] { #expect(!page.contains(word), "\(word)") }
  }

  @Test func pagesShowOnlyTheSectionsThatThereAreFiguresFor() {
    func page(_ name: String) -> String { ReportPage(ExtremeSamples.report(name)).html() }
    for id in ["subjects", "confusion", "stream", "scheme", "arena"] {
      #expect(!page("noAdaptation").contains("id=\"\(id)\""))
      #expect(page("manySubjects").contains("id=\"\(id)\""))
    }
    #expect(!page("noAdaptation").contains("id=\"search\""))
    #expect(page("searchOnly").contains("id=\"search\""))
    #expect(page("noAdaptation").contains("Nothing was adapted."))
  }

  @Test func severalSeedsAreToldApart() {
    let page = ReportPage(ExtremeSamples.report("oneSubject")).html()
    #expect(page.contains("wearer number 0, seed 9, epoch 3"))
    #expect(page.contains("A thin line a subject and seed"))
  }
}

/// The browser that `Scripts/report-check` finds.
enum Chromium {
  static let path: String? = {
    let environment = ProcessInfo.processInfo.environment
    let folders = (environment["PATH"] ?? "").split(separator: ":")
    guard folders.contains(where: { FileManager.default.isExecutableFile(atPath: "\($0)/python3") }) else { return nil }
    if let named = environment["CHROMIUM"] { return FileManager.default.isExecutableFile(atPath: named) ? named : nil }
    for name in ["chromium", "chromium-browser", "google-chrome"] {
      for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
        return "\(folder)/\(name)"
      }
    }
    return nil
  }()
}

/// The same pages in a browser, if there is one.
@Suite(.enabled(if: Chromium.path != nil, "no Chromium: pages are not opened"), .serialized)
struct BrowserTests {
  @Test(arguments: ["full"] + ExtremeSamples.names) func theBrowserFindsNoFault(name: String) throws {
    let report = name == "full" ? Samples.full : ExtremeSamples.report(name)
    let (status, text) = try check(report, [])
    #expect(status == 0, "\(text)")
  }

  /// A check that finds nothing would find nothing on a broken page either.
  @Test func brokenPagesAreFound() throws {
    let (status, text) = try check(Samples.full, ["--prove"])
    #expect(status == 0, "\(text)")
    #expect(text.contains("found") && !text.contains("MISSED"), "\(text)")
  }

  private func check(_ report: RunReport, _ arguments: [String]) throws -> (Int32, String) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("report-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(ReportPage(report).html().utf8).write(to: folder.appendingPathComponent("report.html"))
    try report.metrics.json().write(to: folder.appendingPathComponent("metrics.json"))
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let process = Process()
    let output = Pipe()
    process.executableURL = root.appendingPathComponent("Scripts/report-check")
    process.arguments = [folder.path] + arguments
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }
}
