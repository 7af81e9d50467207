import CBOR
import Consensus
import Cryptography
import Foundation
import Ledger
import Replica

/// The file that keeps a member stopped: it was shown that more than a third of the members broke the rules, or that its own execution
/// differs. A restart must not let it go on voting as if nothing had been seen, so the node does not start while the file is there.
package struct HaltNotice: Sendable {
  package let path: String

  /// Beside the guard file, outside the database.
  package init(guardFile: String) { path = guardFile + ".halted" }

  /// What the file says, if it is there.
  package var reason: String? {
    FileManager.default.contents(atPath: path).map { data in
      String(decoding: data.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
  }

  /// Writes the reason and both sides of the contradiction. An existing notice stays: the first reason is the one that counts.
  package func write(_ halt: ReplicaHalt) throws(KeyError) {
    guard reason == nil else { return }
    let lines = [halt.sentence] + Self.sides(of: halt)
    try KeyFile.createSecret([UInt8]((lines.joined(separator: "\n") + "\n").utf8), at: path)
  }

  /// The certificates of both sides, in hexadecimal, for whoever judges.
  private static func sides(of halt: ReplicaHalt) -> [String] {
    switch halt {
    case .agreement(.contradictedHistory(_, let finalisation, let against)):
      [
        finalisation.map { "finalisation \($0.certificate.encoded.hexadecimal)" },
        "against \(against.certificate.encoded.hexadecimal)",
      ]
      .compactMap(\.self)
    case .contradictedRestart(let document, let finalised, _):
      ["restart \(document.encoded.hexadecimal)", "finalised \(finalised.digest.hexadecimal)"]
    case .contradictedExecution, .unknownRules: []
    }
  }
}
