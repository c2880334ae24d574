extension StructuredLabels {
  private static let maximumFileBytes = 64 << 20

  /// Takes the labels of a recording that has been written aside to where the recording will be.
  ///
  /// - Parameter stagedPath: The recording where it waits, under the same name.
  static func settle(_ stagedPath: String, beside path: String) throws(LogReadError) {
    let companions = CompanionFiles(beside: stagedPath)
    var ranges: [Range] = []
    if let input = try companions.openIfPresent(fileName) {
      let tokens = JSONTokens(TokenSource(try ByteStream(input, windowLogMaximum: 23), key: nil))
      _ = try forEach(tokens) { (file, element) throws(LogReadError) in
        if file == companions.mainName, case .range(let range) = element { ranges.append(range) }
      }
    }
    try write(ranges, beside: path)
  }

  /// Writes the labels of one recording, beside those that the folder's other recordings have already.
  ///
  /// Without labels an entry that an older recording of the same name has left is taken out, and else nothing is done.
  static func write(_ ranges: [Range], beside path: String) throws(LogReadError) {
    let companions = CompanionFiles(beside: path)
    var text: [UInt8] = Array("{\"version\":1,\"type\":\"structured-labels\",\"structuredLabels\":{".utf8)
    var open: String?
    var isFirstFile = true
    var isComplete = true
    var wasKnown = false
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
        if file == companions.mainName { wasKnown = true }
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
      if ranges.isEmpty, !wasKnown { return }
      guard problem == nil, isComplete, text.count < maximumFileBytes else {
        throw LogReadError(
          .cannotWrite(
            reason:
              "the labels of other recordings there cannot be kept: \(problem ?? (isComplete ? "too many" : "a label is incomplete"))"
          ),
          path: labelPath)
      }
    }
    if ranges.isEmpty {
      guard wasKnown else { return }
    } else {
      begin(companions.mainName)
      for range in ranges { add(range) }
      text.append(UInt8(ascii: "]"))
    }
    text += Array("}}\n".utf8)
    let output = try OutputFile(path: labelPath)
    try output.write(text)
    try output.finish()
  }
}
