import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership

/// All that an outsider with the genesis document needs to verify floors offline, and to compute duties and
/// explanations from them.
///
/// Encoded as a map with ascending keys 0 to 8 (`Protocol/ledger.md`, L17). It proves what was final at its header's
/// time, not that nothing came later.
package struct Bundle: Hashable, Sendable, CBORCodable {
  package static let format: UInt64 = 1
  package static let mostStatements = 65_536
  /// The largest bundle in bytes that a verifier reads.
  package static let mostBytes = 256 * 1024 * 1024

  package let network: Digest
  package let subject: BundleSubject
  /// Consecutive headers, ascending; the last one is finalised by the certificate.
  package let headers: [BlockHeader]
  /// Which of the headers has the state root of the proof.
  package let proved: Int
  package let finalisation: Certificate
  /// From the epoch that the genesis block opened to that of the certificate.
  package let links: [EpochLink]
  package let proof: StateProof
  /// The signed acts on which the dockets of the proof rest: openings, reveals and ballots, ascending by identity.
  package let statements: [SignedTransaction]

  /// A bundle as someone claims it; ``BundlePlan`` makes those that verify.
  package init(
    network: Digest, subject: BundleSubject, finality: EpochFinality, proved: Int, proof: StateProof,
    statements: [SignedTransaction]
  ) {
    (self.network, self.subject, self.proved) = (network, subject, proved)
    (headers, finalisation, links) = (finality.headers, finality.certificate, finality.links)
    (self.proof, self.statements) = (proof, statements)
  }

  /// What shows that the headers are final.
  package var finality: EpochFinality { EpochFinality(headers: headers, certificate: finalisation, links: links) }

  package func encode(to writer: inout CBORWriter) {
    let fields: [(inout CBORWriter) -> Void] = [
      { $0.unsigned(Self.format) }, { $0.value(network) }, { $0.value(subject) }, { $0.list(headers) },
      { $0.unsigned(UInt64(proved)) }, { $0.value(finalisation) }, { $0.list(links) }, { $0.value(proof) },
      { $0.list(statements) },
    ]
    writer.map(fields.count)
    for (key, field) in fields.enumerated() {
      writer.unsigned(UInt64(key))
      field(&writer)
    }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.map(max: 9) == 9 else { throw .wrongCount }
    try reader.key(0)
    guard try reader.unsigned() == Self.format else { throw .unknownValue }
    try reader.key(1)
    network = try reader.value()
    try reader.key(2)
    subject = try reader.value()
    try reader.key(3)
    headers = try reader.list(max: EpochFinality.mostHeaders)
    try reader.key(4)
    proved = Int(try reader.narrow(UInt16.self))
    try reader.key(5)
    finalisation = try reader.value()
    try reader.key(6)
    links = try reader.list(max: EpochFinality.mostLinks)
    try reader.key(7)
    proof = try reader.value()
    try reader.key(8)
    statements = try reader.list(max: Self.mostStatements)
    reader.leave()
  }
}
