import Foundation
import PipelineModel
import PipelineText

/// What each stage of a pipeline follows from, in the order in which they run.
struct RunDeclarations: Sendable {
  private(set) var stages: [StageDeclaration] = []
  /// The facts of every input when its digest was made.
  private(set) var facts: [String: FileFacts] = [:]
  /// Whether all stages of the program's own let their results be kept.
  private let allowsKeeping: Bool
  /// Who is held out, whom training adapts to; from the names of files.
  let heldOut: [String]

  subscript(stage: RunStage) -> StageDeclaration? { stages.first { $0.stage == stage } }

  /// - Parameter index: Knows the digests of files that have not changed.
  init(_ pipeline: CheckedPipeline, environment: [String: String], index: InputIndex) throws(RunError) {
    let own = pipeline.ingest.written.ownStages
    allowsKeeping = own.allSatisfy(\.isCacheable)
    // A stage that states no version is what the program's file makes it.
    let program = own.contains { $0.version == nil } ? [index.file(Program.path)] : []
    let recordings = try pipeline.ingest.recordings(environment: environment)
    var subjects: [String] = []
    for recording in recordings where !subjects.contains(recording.subject) { subjects.append(recording.subject) }
    heldOut = subjects.filter(pipeline.ingest.split.holdsOut)
    let all = pipeline.pipeline.facts
    func arguments(_ prefixes: String...) -> [PipelineFact] {
      all.filter { fact in
        prefixes.contains { fact.path == $0 || fact.path.hasPrefix($0 + ".") || fact.path.hasPrefix($0 + "[") }
      }
    }
    let rotate = pipeline.ingest.rotate
    let weights = try pipeline.pretrain.weightsFile(environment).map { [index.file($0)] } ?? []
    let matrices = try rotate?.matrixFile(environment).map { [index.file($0)] } ?? []
    // Turned test subjects leave what is learned from the others as it is.
    let turnsTraining = rotate.map { $0.subjects != .heldOut } ?? false

    let late = arguments("ingest.split", "ingest.rotate", "ingest.normalize")
    let ingest = StageDeclaration(
      .ingest, arguments: arguments("ingest").filter { !late.contains($0) },
      inputs: recordings.flatMap { $0.files(pipeline.ingest).map(index.file) } + program, upstream: [])
    let preparation = arguments("ingest.split", "ingest.normalize") + arguments("ingest.rotate")
    let pretrain = StageDeclaration(
      .pretrain,
      arguments: arguments("seed", "ingest.split", "ingest.normalize")
        + (turnsTraining ? arguments("ingest.rotate") : [])
        + arguments("model", "pretrain"),
      inputs: weights + (turnsTraining ? matrices : []), upstream: [ingest])
    stages = [ingest, pretrain]
    var tested = [pretrain]
    if pipeline.quantize != nil {
      let quantize = StageDeclaration(
        .quantize, arguments: arguments("seed", "quantize", "update.channels"), upstream: [pretrain])
      stages.append(quantize)
      tested.append(quantize)
    }
    let turn = arguments("ingest.rotate")
    stages.append(StageDeclaration(.evaluate, arguments: turn, inputs: matrices, upstream: tested))
    if pipeline.search != nil {
      stages.append(
        StageDeclaration(
          .search, arguments: arguments("seed", "model", "pretrain", "quantize", "search", "train") + preparation,
          inputs: weights + matrices, upstream: [ingest]))
    }
    if pipeline.train != nil {
      stages.append(
        StageDeclaration(
          .train, arguments: arguments("seed", "update", "train") + turn, inputs: matrices,
          upstream: stages.filter { $0.stage == .quantize || $0.stage == .search }))
    }
    facts = index.seen
  }

  /// Whether all files could be told by what they hold.
  var isKeepable: Bool { allowsKeeping && stages.allSatisfy(\.isKeepable) }

  /// Whether no input has changed since its digest was made.
  var isUpToDate: Bool { facts.allSatisfy { FileFacts(path: $0.key) == $0.value } }

  /// The files that the run reads, each once.
  var inputs: [InputFile] {
    var found: [InputFile] = []
    for input in stages.flatMap(\.inputs) where !found.contains(input) { found.append(input) }
    return found
  }
}

extension Rotate {
  /// The file of matrices, if there is one.
  fileprivate func matrixFile(_ environment: [String: String]) throws(RunError) -> String? {
    guard let matrices else { return nil }
    do {
      return try resolvingEnvironment(matrices, in: environment)
    } catch {
      throw .unknownEnvironmentVariable(error)
    }
  }
}

extension Recording {
  private static let fileLimit = 10_000

  /// Every file that reading the recording may look at: itself, those of its folder that belong to it, its labels.
  fileprivate func files(_ ingest: CheckedIngest) -> [String] {
    var isFolder: ObjCBool = false
    var files: [String] = []
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      let contents = (FileManager.default.subpaths(atPath: path) ?? []).sorted().prefix(Self.fileLimit)
      files = contents.map { "\(path)/\($0)" }.filter { FileFacts(path: $0) != nil }
    } else {
      files = [path] + companions
    }
    if let labels = options.labels?.file { files.append(labels) }
    return files
  }

  /// Files beside the recording in which formats keep what belongs to it: the description of SDS, the labels of Edge
  /// Impulse; the header of WFDB may name any file of its folder.
  private var companions: [String] {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { path[...$0] } ?? ""
    let name = String(path.dropFirst(folder.count))
    let stem = String(name.prefix { $0 != "." })
    let isRecord = name.lowercased().hasSuffix(".hea")
    let hasLabels = [".json", ".cbor"].contains { name.lowercased().contains($0) }
    let beside = (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : String(folder))) ?? []
    return beside.filter { other in
      other != name
        && (isRecord || hasLabels && other.hasSuffix(".labels")
          || other.hasPrefix(stem) && (other.hasSuffix(".yml") || other.hasSuffix(".yaml")))
    }.sorted().prefix(Self.fileLimit).map { folder + $0 }.filter { FileFacts(path: $0) != nil }
  }
}
