/// Exit statuses, after sysexits where it has one.
enum ExitStatus {
  static let success: Int32 = 0
  /// Finished, but data were lost on the way.
  static let dataLost: Int32 = 3
  /// A test of a pipeline failed.
  static let testFailed: Int32 = 4
  static let usage: Int32 = 64
  static let unusableData: Int32 = 65
  static let missingInput: Int32 = 66
  static let internalFault: Int32 = 70
  static let cannotCreateOutput: Int32 = 73
  static let inputOutput: Int32 = 74
  static let invalidPipeline: Int32 = 78

  /// What a shell makes of a process that a signal ended.
  static func interrupted(by signal: Int32) -> Int32 { 128 + signal }
}
