extension StructuredLabels {
  private static let maximumFileBytes = 64 << 20

  /// The file of labels as it is to be with those of one recording, beside those that the folder's other recordings
  /// have already. It takes its place when it is finished.
  ///
  /// - Parameter ranges: Without any the recording's entry goes, so that no old labels stand for new frames.
  /// - Returns: nil where there is nothing to change.
  static func prepared(_ ranges: [Range], beside path: String) throws(LogReadError) -> OutputFile? {
    let companions = CompanionFiles(beside: path)
    var text: [UInt8] = Array("{\"version\":1,\"type\":\"structured-labels\",\"structuredLabels\":{".utf8)
    var open: String?
    var isFirstFile = true
    var isComplete = true
    var hadEntry = false
    func begin(_ file: String) {
      if !isFirstFile { text += Array(",".utf8) }
      isFirstFile = false
      JSONText.add(file, to: &text)
      text += Array(":[".utf8)
    }
    func add(_ range: Range) {
      if text.last == UInt8(ascii: "}") { text.append(UInt8(ascii: ",")) }
      text += Array("{\"startIndex\":\(range.first),\"endIndex\":\(range.last),\"label\":".utf8)
      JSONText.add(range.label, to: &text)
      text.append(UInt8(ascii: "}"))
    }
    let labelPath = try companions.path(of: fileName)
    if let input = try companions.openIfPresent(fileName) {
      let tokens = JSONTokens(TokenSource(try ByteStream(input, windowLogMaximum: 23), key: nil))
      let problem = try forEach(tokens) { (file, element) throws(LogReadError) in
        if file == companions.mainName { hadEntry = true }
        guard file != companions.mainName, text.count < maximumFileBytes else { return }
        switch element {
        case .range(let range): add(range)
        case .beginning:
          if open != nil { text.append(UInt8(ascii: "]")) }
          open = file
          begin(file)
        case .incomplete: isComplete = false
        }
      }
      if open != nil { text.append(UInt8(ascii: "]")) }
      if ranges.isEmpty, !hadEntry { return nil }
      guard problem == nil, isComplete, text.count < maximumFileBytes else {
        throw LogReadError(
          .cannotWrite(
            reason:
              "the labels of other recordings there cannot be kept: \(problem ?? (isComplete ? "too many" : "a label is incomplete"))"
          ),
          path: labelPath)
      }
    }
    if ranges.isEmpty, !hadEntry { return nil }
    if !ranges.isEmpty {
      begin(companions.mainName)
      for range in ranges { add(range) }
      text.append(UInt8(ascii: "]"))
    }
    text += Array("}}\n".utf8)
    let output = try OutputFile(path: labelPath)
    try output.write(text)
    _ = try output.settle()
    return output
  }
}
