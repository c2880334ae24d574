import ArgumentParser
import PipelineModel
import PipelineRunner
import PipelineText
import SensorLogs

/// Why a command ends without having done all that it was asked for.
struct Failure: Error {
  let status: Int32
  /// For standard error, one after the other; empty where everything has been said.
  let messages: [String]

  init(_ status: Int32, _ messages: String...) { self.init(status, messages: messages) }

  init(_ status: Int32, messages: [String]) {
    self.status = status
    self.messages = messages
  }
}

extension Failure {
  /// The error as a failure; nil for what the argument parser threw.
  init?(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as RunError: self = Failure(error)
    case let error as LogReadError: self.init(error.exitStatus, Self.sentence(error))
    case let error as OverrideError: self.init(ExitStatus.usage, "--set \(error.description)")
    case let error as InvalidPipeline: self = Failure(.invalidPipeline(error))
    case is ExitCode, is CleanExit, is ValidationError: return nil
    default:
      // The parser's own errors are not public; their status tells them from a fault of ours.
      guard Martlet.exitCode(for: error) != .failure else {
        self.init(ExitStatus.internalFault, "a fault of martlet itself, please report it: \(error)")
        return
      }
      return nil
    }
  }

  private init(_ error: RunError) {
    if error.exitStatus == Interruption.runErrorStatus {
      self = Interruption.failure
    } else {
      self.init(error.exitStatus, error.description)
    }
  }

  private static func sentence(_ error: LogReadError) -> String {
    if case .cancelled = error.code { return Interruption.failure.messages[0] }
    return error.description
  }
}

extension LogReadError {
  var exitStatus: Int32 {
    switch code {
    case .cannotOpen, .noFileMatches: ExitStatus.missingInput
    case .cannotRead, .cannotWriteOn: ExitStatus.inputOutput
    case .cannotWrite, .readerGone: ExitStatus.cannotCreateOutput
    case .invalidOption: ExitStatus.usage
    case .cancelled: Interruption.failure.status
    default: ExitStatus.unusableData
    }
  }
}
