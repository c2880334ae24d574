extension CompressedFrames {
  /// What of it a user should know.
  func report(_ compression: LogCompression, _ problems: inout ProblemList) {
    let unchecked = count - verified
    if unchecked > 0 {
      problems.add(
        .note, "noContentChecksum", count: unchecked,
        "\(unchecked) of \(count) \(compression.rawValue) frames have no checksum",
        advice: "damage in them may go unnoticed; compress with checksums, as martlet and the zstd command do")
    }
    if skippable > 0 {
      problems.add(
        .note, "skippableFrames", count: skippable,
        "\(skippable) skippable frames stand among the \(compression.rawValue) frames",
        advice: "they hold something else and are passed over; some readers refuse them")
    }
  }
}
