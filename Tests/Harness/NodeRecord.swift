import CBOR
import Consensus
import struct Consensus.Certificate
import struct Consensus.Evidence
import Cryptography
import Foundation
import GRDB
import Membership

/// What one node's database holds, read with SQLite while the node does not run.
package struct NodeRecord: Sendable {
  /// One vote as the node signed it.
  package struct CastVote: Hashable, Sendable {
    package let kind: VoteKind
    package let epoch: UInt64
    package let view: UInt64
    package let block: Digest?

    /// A vote that no honest member casts beside this one.
    package var contrary: CastVote {
      CastVote(kind: .finalize, epoch: epoch, view: view, block: Digest.of(.history, block?.bytes ?? []))
    }
  }

  package struct FinalBlock: Hashable, Sendable {
    package let digest: Digest
    package let stateRoot: String
    package let epoch: UInt64
  }

  package struct Outcome: Hashable, Sendable {
    package let height: UInt64
    package let result: String
  }

  package let member: String
  package private(set) var votes: Set<CastVote>
  /// Final blocks by height.
  package var chain: [UInt64: FinalBlock]
  /// Committed transactions by identity, in hexadecimal.
  package let committed: [String: Outcome]
  package let certificates: [Certificate]
  /// The epoch of the last block.
  package var epoch: UInt64 { chain.values.map(\.epoch).max() ?? 0 }
  /// Members that signed contradictory votes, with the two votes.
  package let evidence: [Evidence]

  /// Reads a database that no process has open. Nothing is written to it.
  package init(member: String, folder: String) throws {
    self.member = member
    var configuration = Configuration()
    configuration.readonly = true
    let queue = try DatabaseQueue(path: folder + "/journal.sqlite", configuration: configuration)
    defer { try? queue.close() }
    (votes, chain, committed, certificates, evidence) = try queue.read { database in
      (
        try Self.votes(database), try Self.chain(database), try Self.committed(database),
        try Self.blobs(database, "SELECT certificate FROM certificates").map { try Certificate(decoding: $0) },
        try Self.blobs(database, "SELECT evidence FROM evidence").map { try Evidence(decoding: $0) }
      )
    }
  }

  /// Takes in what an earlier reading found: a node keeps only its last votes.
  package mutating func add(_ earlier: Set<CastVote>) { votes.formUnion(earlier) }

  private static func blobs(_ database: Database, _ sql: String) throws -> [[UInt8]] {
    try Data.fetchAll(database, sql: sql).map { Array($0) }
  }

  private static func votes(_ database: Database) throws -> Set<CastVote> {
    let statements = try blobs(database, "SELECT statement FROM own_votes")
    return Set(
      try statements.map { bytes in
        let subject = try Vote(decoding: try SignedStatement(decoding: bytes).payload).subject
        return CastVote(
          kind: subject.kind, epoch: subject.epoch.number, view: subject.view.number, block: subject.block)
      })
  }

  private static func chain(_ database: Database) throws -> [UInt64: FinalBlock] {
    var chain: [UInt64: FinalBlock] = [:]
    for row in try Row.fetchAll(database, sql: "SELECT height, digest, state_root, epoch FROM chain") {
      guard let digest = Digest(Array(row["digest"] as Data)[...]) else { continue }
      chain[UInt64(row["height"] as Int64)] = FinalBlock(
        digest: digest, stateRoot: row["state_root"], epoch: UInt64(row["epoch"] as Int64))
    }
    return chain
  }

  private static func committed(_ database: Database) throws -> [String: Outcome] {
    let sql = "SELECT identity, height, result FROM transactions WHERE height IS NOT NULL"
    var outcomes: [String: Outcome] = [:]
    for row in try Row.fetchAll(database, sql: sql) {
      outcomes[Array(row["identity"] as Data).hexadecimal] = Outcome(
        height: UInt64(row["height"] as Int64), result: row["result"] ?? "")
    }
    return outcomes
  }
}
