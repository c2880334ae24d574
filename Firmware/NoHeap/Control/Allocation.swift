// A program that must not link: growing an array takes memory from a heap, which is not there.

@_cdecl("allocatingMain")
public func allocatingMain(_ count: Int32) -> Int32 {
  var numbers: [Int32] = []
  for number in 0..<count { numbers.append(number) }
  return numbers.reduce(0) { $0 &+ $1 }
}
