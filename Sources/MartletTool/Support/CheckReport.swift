import PipelineModel
import PipelineText

/// The mistakes of pipeline files, for editors and other programs.
struct CheckReport: Encodable {
  struct File: Encodable {
    /// As it was given. With `--set`, places are in the pipeline as `martlet` would write it.
    var file: String
    var isValid: Bool
    var mistakes: [Mistake]
  }

  struct Mistake: Encodable {
    var message: String
    var suggestion: String?
    var place: Place
    var notes: [Note]
  }

  struct Note: Encodable {
    var message: String
    var place: Place
  }

  /// Lines and columns count from 1, columns in bytes of UTF-8, as the Swift compiler counts them; the end is the first
  /// column behind what is meant.
  struct Place: Encodable {
    var line, column, endLine, endColumn: Int

    init(_ range: Range<Int>, in source: SourceText) {
      (line, column) = source.position(of: range.lowerBound)
      (endLine, endColumn) = source.position(of: range.upperBound)
    }
  }

  /// Grows when a key changes its meaning or goes away.
  var schemaVersion = 1
  var files: [File] = []
}

extension CheckReport.File {
  /// - Throws: where the file cannot be read, or an override is wrong.
  init(path: String, overrides: [String]) throws {
    let (read, _) = try LoadedPipeline.read(path: path, overrides: overrides, checksWeights: true)
    file = path
    isValid = read.pipeline != nil
    mistakes = read.diagnostics.map { diagnostic in
      CheckReport.Mistake(
        message: diagnostic.message, suggestion: diagnostic.suggestion,
        place: CheckReport.Place(diagnostic.range, in: read.source),
        notes: diagnostic.notes.map { note in
          CheckReport.Note(message: note.message, place: CheckReport.Place(note.range, in: read.source))
        })
    }
  }
}
