import Foundation
import Simulation
import Testing

@Suite("Latency between real capitals")
struct LatencyTests {
  @Test("the figures are those of the published file")
  func figures() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let file = root.appendingPathComponent("Deploy/data/capital_rtt_ms.csv")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst()
    #expect(lines.count == Capitals.names.count * (Capitals.names.count - 1) / 2)
    for line in lines {
      let fields = line.split(separator: ",")
      let one = try #require(Capitals.names.firstIndex(of: String(fields[0])))
      let other = try #require(Capitals.names.firstIndex(of: String(fields[1])))
      let tenths = try #require(Int64(fields[2].replacing(".", with: "")))
      let microseconds = fields[2].contains(".") ? tenths * 100 : tenths * 1_000
      #expect(Capitals.roundTrip(one, other) == microseconds)
      #expect(Capitals.roundTrip(other, one) == microseconds)
    }
  }

  @Test("agreement takes what three delays take", arguments: [4, 8])
  func ratio(size: Int) throws {
    let figures = try LatencyStudy(size: size).run(views: 30)
    #expect(figures.blocks >= 30)
    #expect((950...1_050).contains(figures.perMille))
    #expect(figures.mean > 50_000)
  }
}
