extension Placement {
  /// The placement with one more request, which becomes the last, if there is one whose peak is no higher; else nil.
  ///
  /// Most often the request fits into a gap, or is refused by the lower bound, and no other buffer moves.
  public func adding(
    _ request: Request, to requests: [Request], overlaps: [Overlap] = [], effort: Effort = .quick
  ) -> Placement? {
    if let offset = gap(for: request, among: requests) {
      return Placement(offsets: offsets + [offset], peakBytes: peakBytes, lowerBoundBytes: lowerBoundBytes)
    }
    let all = requests + [request]
    guard Self.lowerBound(all, overlaps: overlaps) <= peakBytes else { return nil }
    var trial = Self.place(all, overlaps: overlaps, effort: effort)
    // What is proved of some of the requests holds for all of them.
    trial.lowerBoundBytes = max(trial.lowerBoundBytes, lowerBoundBytes)
    return trial.peakBytes <= peakBytes ? trial : nil
  }

  /// The lowest offset at which a request shares no byte with any buffer alive with it, if it then ends below the peak.
  private func gap(for request: Request, among requests: [Request]) -> Int? {
    let neighbours = requests.indices.filter { requests[$0].overlapsInTime(request) }
      .sorted { (offsets[$0], $0) < (offsets[$1], $1) }
    var offset = 0
    for other in neighbours {
      if offsets[other] >= offset + request.byteCount { break }
      let end = offsets[other] + requests[other].byteCount
      if end > offset { offset = (end + request.alignment - 1) / request.alignment * request.alignment }
    }
    return offset + request.byteCount <= peakBytes ? offset : nil
  }
}
