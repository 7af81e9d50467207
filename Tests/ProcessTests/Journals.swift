import CBOR
import Consensus
import Cryptography
import Foundation
import GRDB
import Membership
import Testing
import Testnet

/// The protocol's vote, beside the test's own.
private typealias CastVote = Vote

/// What a dead node's database holds, read with SQLite and judged by rules that are written down here again.
struct Journal {
  /// One vote as the node signed it.
  struct Vote: Hashable {
    let kind: VoteKind
    let epoch: UInt64
    let view: UInt64
    let block: String?
  }

  struct Block: Hashable {
    let digest: String
    let stateRoot: String
  }

  let votes: [Vote]
  /// Finalised blocks by height.
  let chain: [Int64: Block]
  /// Heights and results of committed transactions by identity.
  let committed: [String: (height: Int64, result: String)]

  /// Reads a database that no process has open. Nothing is written to it.
  init(folder: String) throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    let name = try #require(names.first { $0.hasSuffix(".sqlite") || $0.hasSuffix(".db") }, "no database in \(folder)")
    var configuration = Configuration()
    configuration.readonly = true
    let queue = try DatabaseQueue(path: folder + "/" + name, configuration: configuration)
    (votes, chain, committed) = try queue.read { database in
      (try Self.votes(database), try Self.chain(database), try Self.committed(database))
    }
    try queue.close()
  }

  private static func votes(_ database: Database) throws -> [Vote] {
    try Row.fetchAll(database, sql: "SELECT statement FROM own_votes ORDER BY number").map { row in
      let statement = try SignedStatement(decoding: Array(row["statement"] as Data))
      let vote = try CastVote(decoding: statement.payload)
      let subject = vote.subject
      return Vote(
        kind: subject.kind, epoch: subject.epoch.number, view: subject.view.number, block: subject.block?.hexadecimal)
    }
  }

  private static func chain(_ database: Database) throws -> [Int64: Block] {
    let rows = try Row.fetchAll(database, sql: "SELECT height, digest, state_root FROM chain")
    return Dictionary(
      rows.map { row in
        (row["height"] as Int64, Block(digest: Array(row["digest"] as Data).hexadecimal, stateRoot: row["state_root"]))
      }, uniquingKeysWith: { first, _ in first })
  }

  private static func committed(_ database: Database) throws -> [String: (height: Int64, result: String)] {
    let sql = "SELECT identity, height, result FROM transactions WHERE height IS NOT NULL"
    let rows = try Row.fetchAll(database, sql: sql)
    return Dictionary(
      rows.map { row in
        (Array(row["identity"] as Data).hexadecimal, (row["height"] as Int64, row["result"] as String? ?? ""))
      }, uniquingKeysWith: { first, _ in first })
  }

  /// Pairs of votes that one member must not have signed both: two `notarize` or two `finalize` of different blocks, `notarize` and
  /// `finalize` of different blocks, `nullify` and `finalize`, in one epoch and view.
  static func contradictions(_ votes: Set<Vote>) -> [String] {
    let byView = Dictionary(grouping: votes) { "\($0.epoch) \($0.view)" }
    return byView.compactMap { place, votes in
      let blocks = Set(votes.compactMap(\.block))
      let hasNullified = votes.contains { $0.kind == .nullify }
      let hasFinalised = votes.contains { $0.kind == .finalize }
      return blocks.count > 1 || hasNullified && hasFinalised ? "epoch and view \(place): \(votes)" : nil
    }
  }
}
