import Foundation

/// Memory that ends where the process may not read on: one byte too far is a crash, not luck.
final class GuardedMemory {
  private let pages: UnsafeMutableRawPointer
  private let pageBytes: Int
  let buffer: UnsafeMutableRawBufferPointer

  /// - Parameter count: A multiple of 16, so that the memory begins at one too.
  init(count: Int) throws {
    precondition(count > 0 && count % 16 == 0, "guarded memory has whole pieces of 16 bytes")
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let usable = (count + page - 1) / page * page
    pageBytes = usable + page
    #if os(Linux)
      let flags = MAP_PRIVATE | Int32(MAP_ANONYMOUS)
    #else
      let flags = MAP_PRIVATE | MAP_ANON
    #endif
    guard let pages = mmap(nil, pageBytes, PROT_READ | PROT_WRITE, flags, -1, 0), pages != MAP_FAILED,
      mprotect(pages + usable, page, PROT_NONE) == 0
    else { throw CocoaError(.featureUnsupported) }
    self.pages = pages
    buffer = UnsafeMutableRawBufferPointer(start: pages + usable - count, count: count)
  }

  deinit { munmap(pages, pageBytes) }
}
