import Foundation

/// The names of labels that recordings give as numbers.
enum LabelNames {
  private static let fileSizeLimit = 1 << 20

  /// Reads `["a", "b"]` or `{"0": "a", "1": "b"}`.
  static func inFile(_ path: String) throws(Failure) -> [String] {
    let bytes = try InputFile.bytes(of: path, atMost: fileSizeLimit + 1)
    guard bytes.count <= fileSizeLimit else {
      throw Failure(ExitStatus.unusableData, "\(path): more than \(fileSizeLimit) bytes are no list of label names")
    }
    let object = try? JSONSerialization.jsonObject(with: Data(bytes))
    if let names = object as? [String] { return names }
    if let table = object as? [String: String] {
      let names = (0..<table.count).compactMap { table[String($0)] }
      if names.count == table.count { return names }
    }
    throw Failure(
      ExitStatus.unusableData,
      #"\#(path): holds no label names; write ["a", "b"], or {"0": "a", "1": "b"} with the numbers from 0 on"#)
  }
}
