extension LogLoss {
  /// The sentence with what it is about.
  var finding: String { detail.isEmpty ? code.sentence : "\(code.sentence) (\(detail))" }
}

extension LogLoss.Code {
  /// Whether something is gone, or only surprising.
  var severity: LogProblem.Severity {
    switch self {
    case .repeatedField, .lateLabel, .invertedLabel, .overlappingLabels, .labelGap: .warning
    default: .error
    }
  }

  /// What a user can do.
  var advice: String {
    switch self {
    case .truncated, .tornLine, .partialFrame, .missingEnd:
      "copy the file again if its source still has it; 'martlet recover' keeps what is complete"
    case .corruptCompression, .damagedFrame, .chunkChecksum, .corruptChunk, .malformedRecord, .recordTooLong,
      .unknownRecord,
      .dataChecksum, .attachmentChecksum:
      "copy the file again from its source and compare; 'martlet recover' keeps what is undamaged"
    case .windowTooLarge: "compress it again without --long, or with a window of 8 MiB at most"
    case .trailingBytes: "'martlet recover' writes the file without them"
    case .decodedTooLarge, .chunkTooLarge, .definitionTooLarge, .lineTooLong:
      "if the file is meant to be so, write it in smaller pieces; else take it for hostile"
    case .shortRow, .longRow: "look for a missing or doubled delimiter there; the row was left out"
    case .badCell:
      "write a number or nothing there, or name the column by --label-column; the row was left out"
    case .badTime: "every row needs its time; the row was left out"
    case .malformedLine: "every line is one JSON object; the line was left out"
    case .noValues: "the first line decides which fields are channels; name them by --channels"
    case .repeatedField: "write each field once"
    case .unsupportedChunkCompression: "convert the file to zstd with the tool that wrote it"
    case .summaryChecksum, .indexDiffers, .messageCountDiffers:
      "'martlet recover' writes index and summary anew from the data"
    case .undecodableMessage: "compare the schema with the program that wrote the messages"
    case .unknownChannel: "its declaration is missing or lost; 'martlet recover' looks for it everywhere in the file"
    case .definitionChanged: "the program that wrote the file uses a number twice; let it give each declaration its own"
    case .layoutChanged: "give each layout a topic of its own"
    case .tooManyLabels: "labels are few names, not numbers that count; choose the column by --label-column"
    case .labelTooLong: "labels are short names, not texts; choose the column by --label-column"
    case .lateLabel: "write label events before the frames that they are about"
    case .invertedLabel, .overlappingLabels, .labelGap: "correct the label's start and end"
    case .labelsMayShift: "give labels by time, which losses do not shift"
    case .frameCountDiffers: "'martlet recover' writes the true count"
    case .signalChecksum: "copy the signal's file again from its source and compare"
    case .signatureDiffers: "ask for the key that it was signed with, or take it for altered"
    case .missingFile: "copy all files of the recording, under their own names"
    }
  }
}
