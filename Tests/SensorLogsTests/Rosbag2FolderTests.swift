import Foundation
import Testing

@testable import SensorLogs

@Suite struct Rosbag2FolderTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func metadata(_ files: [String], storage: String = "mcap", more: String = "") -> String {
    """
    rosbag2_bagfile_information:
      version: 5
      storage_identifier: \(storage)
      duration:
        nanoseconds: 5
      message_count: 40
      relative_file_paths:
    \(files.map { "    - \($0)\n" }.joined())\(more)
    """
  }

  private func writeFiles(_ names: [String]) throws -> [MadeMessage] {
    var made: [MadeMessage] = []
    for (number, name) in names.enumerated() {
      let start = UInt64(number) * 1_000
      // Numbers of channels differ from file to file.
      let firstID = UInt16(1 + number * 2)
      let path = folder.file("plain.tmp")
      made += try makeMCAP(path, times: (0..<10).map { start + $0 * 10 }, topics: 2, firstID: firstID)
      var content = try bytes(of: path)
      if name.hasSuffix(".zstd") { content = try zstd(content) }
      try Data(content).write(to: URL(fileURLWithPath: folder.file(name)))
      try FileManager.default.removeItem(atPath: path)
    }
    return made
  }

  @Test func filesAreOneRecordingInTheOrderOfTheList() throws {
    let names = ["b_1.mcap", "a_0.mcap.zstd", "c.mcap"]
    let made = try writeFiles(names)
    _ = try folder.write(metadata(names), to: "metadata.yaml")
    let found = try Rosbag2Folder(folder.path)
    #expect(found.files == names.map { folder.file($0) } && found.notes.isEmpty && found.messageCount == 40)
    let reader = try MCAPReader(folder.path)
    #expect(try messages(of: reader) == made)
    #expect(reader.channels.count == 2 && reader.schemas.count == 1 && reader.losses.isEmpty)
    var options = LogReadOptions()
    options.topic = "/t1"
    let frames = try Recording(SensorLog.open(folder.path, options: options))
    #expect(frames.doubles == made.filter { $0.topic == "/t1" }.map { Double($0.sequence) })
    #expect(frames.times == made.filter { $0.topic == "/t1" }.map { Int64($0.time) })
    #expect(frames.losses.isEmpty)
  }

  @Test func withoutAListFilesFollowTheirNumbers() throws {
    let names = ["bag_0.mcap", "bag_2.mcap", "bag_9.mcap.zstd", "bag_10.mcap"]
    let made = try writeFiles(names)
    for list in [nil, "a: [", "other: 1\n", metadata([]), metadata(["gone.mcap"])] as [String?] {
      if let list { _ = try folder.write(list, to: "metadata.yaml") }
      let found = try Rosbag2Folder(folder.path)
      #expect(found.files == names.map { folder.file($0) } && !found.notes.isEmpty, "\(list ?? "")")
      let reader = try MCAPReader(folder.path)
      #expect(try messages(of: reader) == made)
      #expect(reader.notes == found.notes)
    }
  }

  @Test func aListedFileThatIsMissingIsTold() throws {
    let made = try writeFiles(["a.mcap", "b.mcap"])
    _ = try folder.write(metadata(["a.mcap", "gone.mcap", "b.mcap"]), to: "metadata.yaml")
    let reader = try MCAPReader(folder.path)
    #expect(try messages(of: reader) == made)
    #expect(reader.losses.countsByCode == [.missingFile: 1] && reader.losses.first.first?.detail == "gone.mcap")
    var options = LogReadOptions()
    options.topic = "/t1"
    let frames = try SensorLog.open(folder.path, options: options)
    #expect(try Recording(frames).losses.countsByCode == [.missingFile: 1])
    #expect(try LogInspector.inspect(folder.path, options: options).losses.countsByCode == [.missingFile: 1])
    #expect(try LogDoctor.examine(folder.path).problems.contains { $0.code == "missingFile" })
  }

  @Test func notesOfTheFolderReachWhoReadsFrames() throws {
    _ = try writeFiles(["a.mcap"])
    #expect(try SensorLog.open(folder.path).notes.map(\.code) == [.folder])
  }

  @Test func theLimitOfDecodedBytesHoldsForEveryFile() throws {
    let names = ["a.mcap.zstd", "b.mcap.zstd"]
    _ = try writeFiles(names)
    _ = try folder.write(metadata(names), to: "metadata.yaml")
    var options = LogReadOptions()
    options.maximumDecodedBytes = 700
    let frames = try Recording(SensorLog.open(folder.path, options: options))
    #expect(frames.losses.countsByCode[.decodedTooLarge] == 2, "\(frames.losses.countsByCode)")
    var read = MCAPReadOptions()
    read.limits = options
    let reader = try MCAPReader(folder.path, options: read)
    while try reader.next() != nil {}
    #expect(reader.losses.countsByCode[.decodedTooLarge] == 2)
  }

  @Test func anAttachmentThatIsCutDoesNotTakeTheNextWithIt() throws {
    let data = [UInt8](repeating: 0xA7, count: 5000)
    let attachment = MCAPAttachment(logTime: 1, createTime: 2, name: "n", mediaType: "t")
    for name in ["a.mcap", "b.mcap"] {
      _ = try makeMCAP(folder.file(name), times: [1, 2, 3]) {
        $0.compression = .none
      } extras: {
        try $0.add(attachment, data: data)
      }
    }
    let whole = try bytes(of: folder.file("a.mcap"))
    let place = try #require(whole.indices.first { whole[$0...].prefix(64).allSatisfy { $0 == 0xA7 } })
    try Data(whole.prefix(place + 2500)).write(to: URL(fileURLWithPath: folder.file("a.mcap")))
    _ = try folder.write(metadata(["a.mcap", "b.mcap"]), to: "metadata.yaml")
    let out = try TemporaryFolder()
    let report = try MCAPCopier.copy([folder.path], to: out.file("c.mcap"))
    #expect(report.attachments == 1 && report.attachmentsLost == 0)
    var kept: [UInt8] = []
    var options = MCAPReadOptions()
    options.attachmentData = { kept += $0 }
    let reader = try MCAPReader(out.file("c.mcap"), options: options)
    while try reader.next() != nil {}
    #expect(kept == data)
  }

  @Test func otherStorageIsNamedWithWhatToDo() throws {
    _ = try folder.write("", to: "a_0.db3")
    #expect(throws: LogReadError(.unsupportedStorage("sqlite3"), path: folder.path)) { try Rosbag2Folder(folder.path) }
    _ = try folder.write(metadata(["a_0.db3"], storage: "sqlite3"), to: "metadata.yaml")
    #expect(throws: LogReadError(.unsupportedStorage("sqlite3"), path: folder.path)) { try SensorLog.open(folder.path) }
    #expect(LogReadError(.unsupportedStorage("sqlite3"), path: "bag").description.contains("ros2 bag convert"))
    _ = try folder.write(metadata(["a.mcap"], more: "  compression_mode: MESSAGE\n"), to: "metadata.yaml")
    #expect(throws: LogReadError.self) { try Rosbag2Folder(folder.path) }
  }

  @Test func aListDoesNotLeadOutOfTheFolder() throws {
    for name in ["/etc/passwd", "../x.mcap", "a/../../x.mcap"] {
      _ = try folder.write(metadata([name]), to: "metadata.yaml")
      #expect(throws: LogReadError.self) { try Rosbag2Folder(folder.path) }
    }
  }

  @Test func aFolderWithoutRecordingsIsRefused() throws {
    #expect(throws: LogReadError.self) { try MCAPReader(folder.path) }
    _ = try folder.write(metadata(["a.mcap"]), to: "metadata.yaml")
    #expect(throws: LogReadError.self) { try MCAPReader(folder.path) }
  }

  @Test func hostileListsEnd() throws {
    _ = try writeFiles(["a.mcap"])
    let bomb =
      "a: &a [x,x,x,x,x,x,x,x,x]\n"
      + "bcdefghijk".reduce((text: "", last: "a")) { made, letter in
        let items = [String](repeating: "*\(made.last)", count: 9).joined(separator: ",")
        return (made.text + "\(letter): &\(letter) [\(items)]\n", "\(letter)")
      }.text
    for text in [String(repeating: "[", count: 100_000), String(repeating: "- ", count: 100_000), bomb] {
      _ = try folder.write(text, to: "metadata.yaml")
      #expect(try Rosbag2Folder(folder.path).files == [folder.file("a.mcap")])
    }
  }
}
