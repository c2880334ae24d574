import Foundation
import Testing

@testable import Reports

struct ReportPageTests {
  /// A page is XML too, but for its first line, elements that have no end, and style: enough to parse it.
  private func parse(_ page: String) -> (Bool, String) {
    var text = page.replacingOccurrences(of: "<!doctype html>\n", with: "")
    text = text.replacing(/<meta ([^>]*)>/) { "<meta \($0.1)/>" }
    text = text.replacing("<wbr>", with: "")
    text = text.replacing(/(?s)<script>.*?<\/script>/, with: "")
    return Nesting.check(text)
  }

  @Test func elementsAreClosedInOrder() {
    let (isWell, message) = parse(ReportPage(Samples.full).html())
    #expect(isWell, "\(message)")
  }

  @Test func nothingIsFetchedAndOnlyThePagesOwnScriptRuns() {
    let page = ReportPage(Samples.full).html()
    for word in ["http:", "https:", "<link", "<img", "@import", "url(", "src=", "onload", "onclick", "javascript:"] {
      #expect(!page.contains(word), "\(word)")
    }
    #expect(page.matches(of: /<script/).count == 1)
    #expect(page.contains("default-src 'none'"))
    #expect(!page.contains("script-src 'unsafe-inline'"))
  }

  @Test func thePolicyNamesTheScriptByItsDigest() throws {
    // The digest of no bytes and of "abc", from FIPS 180-4.
    #expect(SHA256.base64("") == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
    #expect(SHA256.base64("abc") == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")
    #expect(ReportPage.scriptDigest == SHA256.base64(ReportPage.script))
    let page = ReportPage(Samples.full).html()
    let script = try #require(page.firstMatch(of: /(?s)<script>(.*?)<\/script>/)).1
    #expect(page.contains("script-src 'sha256-\(SHA256.base64(String(script)))'"))
  }

  @Test func theNumbersOnThePageAreTheMetrics() {
    let page = ReportPage(Samples.full).html()
    for text in [
      "from 76.3 % to 93.8 %", "76.3 → 93.8 %", "85.0 KiB", "of 96.0 KiB", "87,040 bytes", "812 µs", "4,120 steps",
      "97.1 %", "97.0 %", "262,841", "3,911", "9,876,543", "41,234,567", "1,205", "+23.8", "−0.6", "98,304", "21,504",
      "1,823,744", "4,321,987", "lastBlocks(2)", "wrong checksum", "12 values at full scale",
      "The arena takes 88.5 % of its budget", "1 of 3 subjects (s10)", "41.25 to 50.50 Hz",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    let confusion = Samples.full.metrics.evaluation?.confusion
    for row in (confusion?.before ?? []) + (confusion?.after ?? []) {
      for count in row { #expect(page.contains(">\(count)</data>")) }
    }
    for buffer in Samples.full.arenaBuffers { #expect(page.contains("<title>\(buffer.name) (\(buffer.kind))")) }
  }

  /// Every number of the metrics that the page has a section for, with its key and its value.
  @Test func everyFigureOfTheMetricsStandsOnThePageWithItsKey() throws {
    let page = ReportPage(Samples.full).html()
    var shown: [String: String] = [:]
    for found in page.matches(of: /<data value="([^"]*)" data-key="([^"]*)">/) {
      let (value, key) = (String(found.1), String(found.2))
      #expect(shown[key] == nil || shown[key] == value, "\(key)")
      shown[key] = value
    }
    let numbers = Self.numbers(try JSONSerialization.jsonObject(with: Samples.full.metrics.json()), "")
    for (key, value) in numbers where key != "schemaVersion" {
      let text = try #require(shown[key], "\(key) is not on the page")
      // JSONSerialization reads the last of 17 digits inexactly.
      #expect(abs(try #require(Double(text)) - value) <= 4 * value.ulp, "\(key)")
    }
    #expect(numbers.count > 150)
    #expect(Set(shown.keys).isSubset(of: numbers.map(\.key)))
  }

  private static func numbers(_ object: Any, _ path: String) -> [(key: String, value: Double)] {
    if let object = object as? [String: Any] {
      return object.flatMap { numbers($0.value, path.isEmpty ? $0.key : path + "." + $0.key) }
    }
    if let list = object as? [Any] { return list.enumerated().flatMap { numbers($0.element, "\(path)[\($0.offset)]") } }
    return (object as? NSNumber).map { [(path, $0.doubleValue)] } ?? []
  }

  @Test func everyPictureHasItsData() throws {
    let page = ReportPage(Samples.full).html()
    let figures = page.components(separatedBy: "<figure ").dropFirst()
    #expect(figures.count >= 12)
    for figure in figures {
      let body = figure.components(separatedBy: "</figure>")[0]
      #expect(
        body.contains("download=\"") && body.contains("href=\"data:text/csv;charset=utf-8,"), "\(body.prefix(40))")
    }
    let link = try #require(page.firstMatch(of: /download="subjects.csv" href="data:text\/csv;charset=utf-8,([^"]*)"/))
      .1
    #expect(
      String(link).removingPercentEncoding == """
        subject,accuracyBefore,accuracyAfter,macroF1Before,macroF1After,windowsAdapted,windowsTested
        s08,0.713,0.951,0.702,0.949,190,188
        s09,0.822,0.936,0.811,0.93,171,169
        s10,0.754,0.748,0.71,0.705,205,203

        """)
  }

  @Test func cellsThatHoldCommasQuotesAndLinesAreQuoted() {
    let table = CSVTable(
      name: "x", columns: ["a", "b"], rows: [["1,2", "say \"no\""], ["two\nlines", "é"], ["\r\n", ""]])
    #expect(table.text == "a,b\n\"1,2\",\"say \"\"no\"\"\"\n\"two\nlines\",é\n\"\r\n\",\n")
    #expect(table.link(title: "<x>").html.contains("%22two%0Alines%22,%C3%A9%0A"))
  }

  /// The same text wherever a text can come from outside: names, classes, subjects, sentences.
  @Test func textFromOutsideStaysText() {
    let evil = "<b onload='x'>&\"\u{0}\u{1B}[31m\u{202E}</title></svg><script>alert(1)</script>"
    var report = Samples.full
    report.metrics.pipeline = evil
    report.metrics.ingest.losses = [evil]
    report.metrics.training?.scheme = evil
    report.metrics.evaluation?.perSubject[0].subject = evil
    report.metrics.evaluation?.confusion.classes[0] = evil
    report.stepNames[0] = evil
    report.arenaBuffers[0].name = evil
    report.arenaBuffers[0].kind = evil
    report.search?.candidates[0].name = evil
    report.search?.candidates[0].origin = evil
    report.search?.freezePath[1].tensor = evil
    report.search?.layers[0].name = evil
    report.layers[0].name = evil
    report.adaptationCurves[0].subject = evil
    report.metrics.ingest.notes = [evil]
    report.metrics.ingest.recordings?[0].file = evil
    report.metrics.ingest.recordings?[0].subject = evil
    report.metrics.search?.tensors = [evil]
    report.previews[0].subject = evil
    report.previews[0].channels[0] = StreamPreview.Channel(name: evil, unit: evil)
    report.provenance = [Fact(evil, evil)]
    let page = ReportPage(report).html()
    #expect(!page.contains("<b ") && !page.contains("<script>alert"))
    #expect(!page.unicodeScalars.contains("\u{202E}"))
    #expect(!page.unicodeScalars.contains("\u{0}"))
    #expect(!page.unicodeScalars.contains("\u{1B}"))
    #expect(page.contains("&lt;b onload=&#39;x&#39;&gt;&amp;&quot;"))
    let (isWell, message) = parse(page)
    #expect(isWell, "\(message)")
    let terminal = TerminalSummary(report.metrics).lines().joined()
    #expect(!terminal.unicodeScalars.contains("\u{1B}"))
  }

  @Test func theFirstSentenceSaysWhatIsTrue() throws {
    var report = Samples.full
    #expect(ReportPage(report).html().contains("the network had never seen"))
    report.holdsOutSubjects = false
    let known = ReportPage(report).html()
    #expect(known.contains("it had learned from before") && !known.contains("never seen"))
    let after = try #require(report.metrics.evaluation).accuracyAfter
    report.metrics.evaluation?.accuracyBefore = after
    let page = ReportPage(report).html()
    #expect(page.contains("left accuracy at "))
    #expect(!page.contains("accuracy from"))
  }

  @Test func aRunThatOnlyReadHasAPage() {
    let metrics = RunMetrics(
      pipeline: "read", seed: 1, ingest: IngestMetrics(), model: ModelMetrics(parameters: 0, multiplyAccumulates: 0))
    let page = ReportPage(RunReport(metrics: metrics)).html()
    #expect(parse(page).0)
    #expect(!page.contains(">nan") && !page.contains("\"nan"))
    #expect(!page.contains("id=\"confusion\""))
  }

  @Test func figuresThatMakeNoSenseDoNotBreakThePage() {
    var report = Samples.full
    report.pretrainingHistory = [EpochResult(loss: .nan, accuracy: .infinity)]
    report.adaptationCurves = [
      LearningCurve(subject: "", seed: 0, losses: [-1, .infinity], accuracies: [.nan, 2]),
      LearningCurve(subject: "x", seed: 0, losses: []),
    ]
    report.layers[0].weights = 0
    report.forwardSteps = -3
    report.timelines = [RecordingTimeline(secondsPerBin: 0, frames: [], gaps: [.nan])]
    report.metrics.ingest.recordings?[1].seconds = .infinity
    report.metrics.ingest.recordings?[1].hertz = .nan
    report.previews[0].windows[3].label = -4
    report.previews[0].windows[4].after = 4_000
    report.previews[0].pieces[0].values[0][5] = .nan
    report.previews[0].pieces[1].values = []
    report.previews[1].hertz = 0
    report.metrics.evaluation?.perSubject[0].accuracyBefore = .nan
    report.metrics.evaluation?.confusion.after = [[-1, 5], []]
    report.metrics.memory?.budgetBytes = 0
    report.search?.candidates[0].accuracy = .nan
    report.search?.candidates[1].accuracy = .infinity
    report.search?.freezePath[0].accuracy = .nan
    report.stepNames = []
    #expect(parse(ReportPage(report).html()).0)
  }

  @Test func aSearchShowsItsSchemesItsPathAndWhatItChose() throws {
    let page = ReportPage(Samples.full).html()
    for text in [
      "90.1 % in 87,040 bytes", "they started at 61.2 %", "last 2 of 5 blocks: 84.6 %, 71,234 bytes", "± 1.2",
      "tensors tried 0: 91.1 %", "tensors tried 1: 90.7 %", "block3.expand.bias", "120,001",
      "<th scope=\"row\">block1.expand</th><td>1/4</td><td>all</td>", "var(--c1)\"", "aria-labelledby=\"candidates-t",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    // The one that was chosen is drawn last and ringed.
    let scatter = try #require(page.components(separatedBy: "<desc id=\"candidates-d\">").last)
    let dots = scatter.components(separatedBy: "</svg>")[0].components(separatedBy: "<circle")
    #expect(dots.count == 3)
    #expect(dots[2].contains("var(--ink)") && dots[2].contains("first convolution"))
    #expect(!dots[1].contains("var(--ink)"))
    var without = Samples.full
    without.search = nil
    #expect(!ReportPage(without).html().contains("id=\"search\""))
    without.search = SearchFindings(budgetBytes: 1, accuracyBefore: .nan, candidates: [], freezePath: [], layers: [])
    #expect(!ReportPage(without).html().contains("id=\"search\""))
  }

  @Test func theSameReportGivesTheSameBytes() {
    #expect(ReportPage(Samples.full).html() == ReportPage(Samples.full).html())
  }
}

struct TerminalSummaryTests {
  @Test func theTableIsAlignedAndComplete() {
    let lines = TerminalSummary(Samples.full.metrics).lines()
    #expect(
      lines.joined(separator: "\n") == """
        read      10 files, 262,841 frames, 3,911 windows
        not used  34 dropped frames, 1,205 unlabelled frames, 12 gaps, 2 steps backwards, 1 loss
        model     41,287 parameters, 1,823,744 multiply-accumulates
        float32   accuracy 97.1 %, macro-F1 96.9 %
        int8      accuracy 97.0 %, macro-F1 96.7 %
        search    1,061 schemes, validation accuracy 61.2 % → 90.1 %
        training  lastBlocks(2), 4,120 steps, 812 µs each
        arena     87,040 of 98,304 bytes, measured peak 87,040

        subject  accuracy  adapted  points  macro-F1  adapted
        s08        71.3 %   95.1 %   +23.8    70.2 %   94.9 %
        s09        82.2 %   93.6 %   +11.4    81.1 %   93.0 %
        s10        75.4 %   74.8 %    −0.6    71.0 %   70.5 %
        all        76.3 %   93.8 %   +17.5    74.1 %   93.1 %

        2 seeds  accuracy 93.2 ± 0.9 %, macro-F1 92.6 ± 0.7 %
        """)
  }
}

/// Checks that every element is closed, in order.
enum Nesting {
  static func check(_ text: String) -> (Bool, String) {
    var open: [Substring] = []
    for tag in text.matches(of: /<(\/?)([a-zA-Z0-9]+)((?:[^<>"]|"[^"<>]*")*?)(\/?)>/) {
      if !tag.1.isEmpty {
        guard open.popLast() == tag.2 else { return (false, "</\(tag.2)> closes nothing") }
      } else if tag.4.isEmpty {
        open.append(tag.2)
      }
    }
    let stray = text.replacing(/<\/?[a-zA-Z0-9]+(?:[^<>"]|"[^"<>]*")*>/, with: "")
    if stray.contains("<") || stray.contains(">") && stray.contains("&gt") == false && stray.contains("> *") == false {
      return (false, "a bracket outside a tag")
    }
    return (open.isEmpty, "left open: \(open)")
  }
}
