import Foundation
import PipelineRunner

/// The names of labels that recordings give as numbers.
enum LabelNames {
  private static let fileSizeLimit = 1 << 20

  /// Reads `["a", "b"]` or `{"0": "a", "1": "b"}`.
  static func inFile(_ path: String) throws(Failure) -> [String] {
    let bytes = try InputFile.bytes(of: path, atMost: fileSizeLimit + 1)
    guard bytes.count <= fileSizeLimit else {
      throw Failure(ExitStatus.unusableData, "\(path): more than \(fileSizeLimit) bytes are no list of label names")
    }
    if let names = names(inJSON: Data(bytes)) { return names }
    throw Failure(
      ExitStatus.unusableData,
      #"\#(path): holds no label names; write ["a", "b"], or {"0": "a", "1": "b"} with the numbers from 0 on"#)
  }

  private static func names(inJSON bytes: Data) -> [String]? {
    let object = try? JSONSerialization.jsonObject(with: bytes)
    if let names = object as? [String] { return names }
    guard var table = object as? [String: String] else { return nil }
    // A negative number is no label, whatever it is called.
    table = table.filter { Int($0.key).map { $0 >= 0 } ?? true }
    let names = (0..<table.count).compactMap { table[String($0)] }
    return names.count == table.count && !names.isEmpty ? names : nil
  }

  /// A name a line, or `0 name` on each.
  private static func names(inText bytes: [UInt8]) -> [String]? {
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    let numbered = lines.enumerated().compactMap { index, line -> String? in
      let parts = line.split(maxSplits: 1, whereSeparator: { " \t:=,;".contains($0) })
      guard parts.count == 2, Int(parts[0]) == index else { return nil }
      return parts[1].trimmingCharacters(in: CharacterSet(charactersIn: " \t:=,;"))
    }
    let names = numbered.count == lines.count ? numbered : lines
    return names.isEmpty || names.contains(where: { Int($0) != nil }) ? nil : names
  }

  /// What a list beside the recordings says, if there is one: `labels.json` or `labels.txt`.
  static func beside(_ recordings: [String]) -> StarterPipeline.LabelNames? {
    let folders = Set(recordings.map(OutputPlace.folder(of:)))
    guard folders.count == 1, let folder = folders.first else { return nil }
    for name in ["labels.json", "labels.txt"] {
      let path = folder.isEmpty ? name : "\(folder)/\(name)"
      guard OutputPlace.exists(path), let bytes = try? InputFile.bytes(of: path, atMost: fileSizeLimit) else {
        continue
      }
      let names = name.hasSuffix(".json") ? names(inJSON: Data(bytes)) : names(inText: bytes)
      if let names { return StarterPipeline.LabelNames(names, foundIn: name) }
    }
    return nil
  }
}
