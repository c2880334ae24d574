/// Names of folders that tell what a run was given: `train.rate=0.01+seed=1`.
struct SweepFolders {
  private var taken: Set<String> = []
  private static let longestName = 100

  /// A name that no other run has; what stands in no file name everywhere becomes a dash.
  mutating func name(for overrides: [String]) -> String {
    var name = ""
    for character in overrides.joined(separator: "+") {
      if character.isASCII && (character.isLetter || character.isNumber || "._=+-".contains(character)) {
        name.append(character)
      } else if name.last != "-" {
        name.append("-")
      }
    }
    while name.last == "-" { name.removeLast() }
    name = String(name.prefix(Self.longestName))
    // Values may differ in what a dash stands for, or far behind.
    var unique = name
    var number = 2
    while !taken.insert(unique).inserted {
      unique = "\(name)-\(number)"
      number += 1
    }
    return unique
  }
}
