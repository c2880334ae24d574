/// The samples behind the last frame of a stretch, where that ends within a record.
///
/// All records of a file have the same length, so one that is not full has to be filled up. An annotation with a
/// duration says from where on: other programs show it, and ``EDFReader`` gives no frames of it.
enum EDFPadding {
  static let text = "padding: no samples were recorded"

  static func isOne(_ annotation: EDFAnnotationList.Annotation) -> Bool {
    annotation.duration != nil && annotation.text == text
  }
}
