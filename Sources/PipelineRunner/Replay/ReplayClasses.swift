import PipelineModel

/// Class numbers of label texts, as a run gave them.
struct ReplayClasses {
  private var map: LabelMap
  /// The classes of a model whose pipeline names none: the labels that its run found.
  private let found: [String]?
  private let ignored: [String]

  init(_ labels: Labels, modelClasses: [String]?) {
    map = LabelMap(labels)
    found = labels.names == nil ? modelClasses : nil
    ignored = labels.ignore
  }

  /// In order of number; where neither pipeline nor model names them, those met so far.
  var names: [String] { found ?? map.names }

  /// The class of a text, or -1 where it means none that is known.
  mutating func index(of text: String) -> Int32 {
    guard let found else { return map.index(of: text) }
    guard !ignored.contains(text) else { return -1 }
    return Int32(found.firstIndex(of: text) ?? -1)
  }
}
