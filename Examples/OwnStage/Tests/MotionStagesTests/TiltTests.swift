import Foundation
import Martlet
import MartletTesting
import MotionStages
import Testing

/// The stage alone, on streams of which the right answer is known.
@Suite struct TiltTests {
  static let channels = ["ax", "ay", "az", "gx", "gy", "gz"]
  static let tilt = Tilt(accelerations: ["ax", "ay", "az"], turns: ["gx", "gy", "gz"])

  /// A sensor that turns about its x axis by `rate` radians a second, and is shaken.
  static func turning(rate: Double, shake: Double) -> TestStream {
    TestStream(channels: channels, hertz: 100, seconds: 20) { time, channel in
      let angle = rate * time
      let shaken = shake * sin(2 * .pi * 4 * time)
      return switch channel {
      case 1: Float(sin(angle) + shaken)
      case 2: Float(cos(angle) + shaken)
      case 3: Float(rate)
      default: 0
      }
    }
  }

  @Test(arguments: [0, 0.3, -1, 3])
  func upIsFoundThroughShaking(rate: Double) throws {
    let frames = try Self.tilt.frames(from: Self.turning(rate: rate, shake: 0.5))
    let up = [frames["up_x"], frames["up_y"], frames["up_z"]]
    // A few time constants from the start, whose shake it began with.
    let worst = (500..<frames.count).map { index in
      let angle = rate * Double(index) / 100
      let expected = [0, sin(angle), cos(angle)]
      return (0..<3).map { abs(Double(up[$0][index]) - expected[$0]) }.max() ?? 0
    }.max()
    // The shaking alone is 0.5.
    #expect(try #require(worst) < 0.03)
  }

  @Test func otherChannelsStayAsTheyAre() throws {
    let stream = Self.turning(rate: 0.3, shake: 0.5)
    let frames = try Self.tilt.frames(from: stream)
    #expect(frames.stream.channelNames == Self.channels + ["up_x", "up_y", "up_z"])
    for name in Self.channels { #expect(frames[name] == stream[name]) }
  }

  @Test func nothingIsCarriedOverAGap() throws {
    let first = Self.turning(rate: 1, shake: 0)
    let second = Self.turning(rate: -2, shake: 0)
    let frames = try Self.tilt.frames(from: first.followed(by: second, afterSeconds: 5))
    let alone = try Self.tilt.frames(from: second)
    #expect(Array(frames["up_y"].suffix(alone.count)) == alone["up_y"])
  }

  @Test func framesDoNotDependOnHowTheyArrive() throws {
    try Self.tilt.framesInEveryBatching(from: Self.turning(rate: 1, shake: 0.2), largestBatch: 17)
  }

  @Test func aTurnInDegreesIsRefused() throws {
    var stream = Self.turning(rate: 1, shake: 0)
    stream.channels[3].unit = "deg/s"
    #expect {
      try Self.tilt.frames(from: stream)
    } throws: { error in
      "\(error)".contains("takes \"gx\" in rad/s, and it is in deg/s here")
    }
  }
}
