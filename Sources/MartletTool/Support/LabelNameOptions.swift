import ArgumentParser
import SensorLogs

/// Names for labels that are numbers.
struct LabelNameOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Names for labels that are numbers from 0: 0 becomes the first.", valueName: "a,b,c"))
  var labelNames: String?

  @Option(
    help: ArgumentHelp(
      #"The same from a JSON file, ["a", "b"] or {"0": "a", "1": "b"}."#, valueName: "labels.json"),
    completion: .file(extensions: ["json"]))
  var labelNamesFile: String?

  func validate() throws {
    if labelNames != nil, labelNamesFile != nil {
      throw ValidationError("give --label-names or --label-names-file, not both")
    }
  }

  /// nil where none are given.
  var names: [String]? {
    get throws { try labelNamesFile.map(LabelNames.inFile) ?? labelNames.map(LogReadOptions.names) }
  }
}
