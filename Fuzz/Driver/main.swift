import Foundation

/// Runs libFuzzer on one target: `martlet-fuzz TARGET [libFuzzer's arguments…]`.
///
/// `--list` names the targets with the longest input of each, `--seeds TARGET FOLDER` writes files to begin with,
/// `--check TARGET FILE…` checks files and says what is wrong.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

nonisolated(unsafe) private var current: FuzzTarget?

private func stop(_ text: String) -> Never {
  FileHandle.standardError.write(Data("martlet-fuzz: \(text)\n".utf8))
  exit(2)
}

private func target(_ name: String) -> FuzzTarget {
  guard let found = FuzzTarget.all.first(where: { $0.name == name }) else { stop("there is no target '\(name)'") }
  return found
}

let words = Array(CommandLine.arguments.dropFirst())
switch words.first {
case "--list":
  for target in FuzzTarget.all { print(target.name, target.maximumBytes) }
case "--seeds" where words.count == 3:
  let chosen = target(words[1])
  try FileManager.default.createDirectory(atPath: words[2], withIntermediateDirectories: true)
  for (number, seed) in try chosen.seeds().enumerated() {
    try Data(seed).write(to: URL(fileURLWithPath: "\(words[2])/seed-\(number)"))
  }
case "--check" where words.count > 2:
  let chosen = target(words[1])
  for file in words.dropFirst(2) {
    do {
      try chosen.check([UInt8](Data(contentsOf: URL(fileURLWithPath: file))))
    } catch {
      stop("\(file): \(error)")
    }
  }
case let name? where !name.hasPrefix("-"):
  current = target(name)
  var count = CommandLine.argc - 1
  var arguments = CommandLine.unsafeArgv + 1
  exit(
    runDriver(&count, &arguments) { bytes, count in
      autoreleasing {
        do {
          try current?.check([UInt8](UnsafeBufferPointer(start: bytes, count: count)))
        } catch {
          // libFuzzer keeps the input of what ends the process.
          fatalError("\(error)")
        }
      }
      return 0
    })
default: stop("name a target, or ask for --list")
}

/// Objects that Foundation would keep until the end of a run loop go here where there is such a thing.
private func autoreleasing(_ body: () -> Void) {
  #if canImport(ObjectiveC)
    autoreleasepool(invoking: body)
  #else
    body()
  #endif
}
