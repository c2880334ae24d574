import PipelineModel

/// Maps the label texts of recordings to class numbers.
///
/// With names, a text that is one of them is that class and an integer is an index into them. Without, every
/// text that is met gets a provisional number, and the classes are the sorted texts in the end.
struct LabelMap: Sendable {
  private let labels: Labels
  /// The classes so far, in order of number.
  private(set) var names: [String]
  private let isFixed: Bool
  /// Texts that name no class, with how often a recording brought them.
  private(set) var unknown: Set<String> = []

  init(_ labels: Labels) {
    self.labels = labels
    names = labels.classNames ?? []
    isFixed = labels.names != nil
  }

  /// The class of a label text, or -1 where it means no class.
  mutating func index(of text: String) -> Int32 {
    guard !text.isEmpty, !labels.ignore.contains(text), Int(text).map({ $0 >= 0 }) ?? true else { return -1 }
    if let all = labels.names {
      var name = text
      if !all.contains(text), let number = Int(text) {
        guard all.indices.contains(number) else {
          unknown.insert(text)
          return -1
        }
        name = all[number]
      }
      guard let index = names.firstIndex(of: name) else {
        if !labels.ignore.contains(name) { unknown.insert(text) }
        return -1
      }
      return Int32(index)
    }
    if let index = names.firstIndex(of: text) { return Int32(index) }
    names.append(text)
    return Int32(names.count - 1)
  }

  /// The final classes, and for each provisional number its place among them.
  func finished() -> (names: [String], places: [Int]) {
    guard !isFixed else { return (names, Array(names.indices)) }
    let areNumbers = names.allSatisfy { Int($0) != nil }
    let sorted = names.sorted { areNumbers ? (Int($0) ?? 0, $0) < (Int($1) ?? 0, $1) : $0 < $1 }
    return (sorted, names.map { name in sorted.firstIndex(of: name) ?? 0 })
  }
}
