import API
import Client
import Consensus
import Cryptography
import Foundation
import Ledger
import Membership
import Testing
import Trade

@testable import Node

@Suite("Running nodes", .timeLimit(.minutes(2)))
struct NetworkTests {
  @Test("a member that is alone commits what its authority signs, and keeps it over a restart")
  func alone() async throws {
    try await withNetwork(["USA"]) { network in
      let memorandum = try network.memorandum("alone", by: "USA")
      let answer = try await network.client("USA").submit(
        memorandum.statement, as: .memorandum, wait: .committed(milliseconds: 20_000))
      #expect(answer.state == .committed)
      #expect(answer.result == "OK")
      let height = try #require(answer.height)
      let before = try await network.client("USA").block(height)
      #expect(before.transactions.map(\.identity) == [memorandum.identity.hexadecimal])
      #expect(try await network.stop("USA") == nil)
      try await network.start("USA")
      #expect(try await network.client("USA").block(height) == before)
      #expect(try await network.client("USA").status().head.height >= height)
    }
  }

  @Test("four members agree, and each has the same block at the same height")
  func four() async throws {
    let names = ["AUS", "EUN", "JPN", "USA"]
    try await withNetwork(names) { network in
      let answers = try await withThrowingTaskGroup(of: (String, UInt64).self) { group in
        for name in names {
          for number in 0..<5 {
            group.addTask {
              let memorandum = try network.memorandum("\(name) \(number)", by: name)
              let answer = try await network.client(name).submit(
                memorandum.statement, as: .memorandum, wait: .committed(milliseconds: 30_000))
              return (memorandum.identity.hexadecimal, answer.height ?? 0)
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.count == 20)
      let top = answers.map(\.1).max() ?? 0
      for name in names { try await reach(top, network, name) }
      for (identity, height) in answers {
        let reference = try await network.client("AUS").block(height)
        #expect(reference.transactions.map(\.identity).contains(identity))
        #expect(reference.signers.count >= 3)
        for name in names.dropFirst() {
          let block = try await network.client(name).block(height)
          #expect(block.digest == reference.digest)
          #expect(block.stateRoot == reference.stateRoot)
        }
      }
    }
  }

  @Test("three of four go on without the fourth, which catches up when it comes back")
  func absent() async throws {
    let names = ["AUS", "EUN", "JPN", "USA"]
    try await withNetwork(names) { network in
      try await network.stop("USA")
      var top: UInt64 = 0
      for number in 0..<4 {
        let memorandum = try network.memorandum("without \(number)", by: "EUN")
        let answer = try await network.client("EUN").submit(
          memorandum.statement, as: .memorandum, wait: .committed(milliseconds: 30_000))
        top = try #require(answer.height)
      }
      try await network.start("USA")
      try await reach(top, network, "USA")
      let (left, right) = (try await network.client("USA").block(top), try await network.client("EUN").block(top))
      #expect(left.digest == right.digest)
    }
  }

  /// Waits until a node has finalised that height: its committed states say when to look.
  private func reach(_ height: UInt64, _ network: RunningNetwork, _ name: String) async throws {
    let node = try await network.nodes[some(MemberID(name))]
    for await view in try some(node).published.committedViews() where view.header.height.number >= height { return }
  }
}
