import Foundation
import Testing
import Vectors

/// The shipped file of worked cases.
private func shipped() throws -> [UInt8] {
  let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  return Array(try Data(contentsOf: root.appending(path: "Protocol/Vectors/floors.json")))
}

private func report(_ text: String) throws -> VectorReport { try VectorRun.run(Array(text.utf8)) }

@Suite("Vector files")
struct VectorRunTests {
  @Test("every shipped case holds")
  func shippedCases() throws {
    let report = try VectorRun.run(try shipped())
    #expect(report.failures.isEmpty)
    #expect(report.passed == 462)
  }
}
