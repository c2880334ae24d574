/// The name in `names` that a writer most likely meant, or `nil` if none is near.
///
/// Near means at most one edit for every three characters of the longer name, one at least, where an edit
/// inserts, removes or replaces a character or swaps two neighbours; letter case is free. The first of
/// equals wins.
public func nearestName(to written: String, in names: [String]) -> String? {
  // Names as long or as many as these are no slip of the finger, and comparing them would take long.
  guard !written.isEmpty, written.utf8.count <= 64, names.count <= 256 else { return nil }
  var best: (name: String, distance: Int)?
  for name in names where name.utf8.count <= 64 {
    let limit = max(1, max(written.count, name.count) / 3)
    let distance = editDistance(Array(written.lowercased()), Array(name.lowercased()))
    if distance <= limit && distance < (best?.distance ?? .max) && distance < name.count {
      best = (name, distance)
    }
  }
  return best?.name
}

/// The optimal string alignment distance: edits are insertion, removal, replacement and a swap of neighbours.
func editDistance(_ left: [Character], _ right: [Character]) -> Int {
  var beforePrevious: [Int] = []
  var previous = Array(0...right.count)
  for i in left.indices {
    var row = [i + 1]
    row.reserveCapacity(right.count + 1)
    for j in right.indices {
      var distance = min(previous[j + 1] + 1, row[j] + 1, previous[j] + (left[i] == right[j] ? 0 : 1))
      if i > 0 && j > 0 && left[i] == right[j - 1] && left[i - 1] == right[j] {
        distance = min(distance, beforePrevious[j - 1] + 1)
      }
      row.append(distance)
    }
    beforePrevious = previous
    previous = row
  }
  return previous[right.count]
}
