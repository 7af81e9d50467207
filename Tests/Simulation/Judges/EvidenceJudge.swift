import Consensus
import struct Consensus.Certificate
import struct Consensus.Evidence
import Cryptography
import Membership

/// Evidence exposes those who broke the rules, and nobody else. Where more members collude than agreement bears, what
/// honest members keep exposes as many of them as two quorums share at least.
struct EvidenceJudge {
  /// What came of looking through what honest members keep.
  struct Report {
    let culprits: Set<Int>
    let reason: String?
  }

  private let names: [String]
  private let byzantine: Set<Int>
  /// By place: when evidence against the member was first found.
  private(set) var exposures: [Int: Int64] = [:]

  init(_ network: SimulatedNetwork, byzantine: Set<Int>) {
    (names, self.byzantine) = (network.members.map(\.id.text), byzantine)
  }

  /// Takes what an honest member holds against another one; answers what is wrong with it.
  mutating func accused(_ evidence: Evidence, _ register: SignatureRegister, at now: Int64) -> String? {
    guard let first = PlainVote(payload: evidence.first.statement.payload),
      let second = PlainVote(payload: evidence.second.statement.payload), first.member == second.member,
      let place = names.firstIndex(of: first.member)
    else { return "evidence cannot be read, or is of two members" }
    guard byzantine.contains(place) else { return "evidence accuses the honest member \(place)" }
    guard first.excludes(second) else { return "evidence against member \(place) is of votes that agree" }
    for statement in [evidence.first.statement, evidence.second.statement] {
      guard register.maker(of: statement.signature) == place else {
        return "evidence against member \(place) has a signature that it never made"
      }
    }
    if exposures[place] == nil { exposures[place] = now }
    return nil
  }

  /// Looks for members whose signatures stand in two certificates that exclude each other.
  func examine(_ disks: [SimulatedDisk], _ register: SignatureRegister, _ epochs: EpochJudge) -> Report {
    var byView: [UInt64: [Certificate]] = [:]
    var known: Set<VoteSubject> = []
    for certificate in disks.flatMap(\.archive) where known.insert(certificate.subject).inserted {
      byView[certificate.view.number, default: []].append(certificate)
    }
    var culprits: Set<Int> = []
    for certificates in byView.values {
      for (place, one) in certificates.enumerated() {
        for other in certificates[(place + 1)...] where exclude(one, other) {
          culprits.formUnion(signers(of: one, register, epochs).intersection(signers(of: other, register, epochs)))
        }
      }
    }
    return Report(culprits: culprits, reason: complaint(culprits))
  }

  private func complaint(_ culprits: Set<Int>) -> String? {
    let least = 2 * Setting.quorum(of: names.count) - names.count
    if let honest = culprits.subtracting(byzantine).min() { return "what is kept accuses the honest member \(honest)" }
    guard culprits.count >= least else {
      return "what honest members keep exposes \(culprits.count) members, not \(least) at least"
    }
    return nil
  }

  private func exclude(_ one: Certificate, _ other: Certificate) -> Bool {
    guard one.subject.epoch == other.subject.epoch, one.subject.opener == other.subject.opener else { return false }
    return PlainVote.exclude(
      UInt64(one.kind.rawValue), one.block?.bytes, UInt64(other.kind.rawValue), other.block?.bytes)
  }

  /// Those who really signed, by the register of all signatures that were ever made.
  private func signers(
    of certificate: Certificate, _ register: SignatureRegister, _ epochs: EpochJudge
  ) -> Set<Int> {
    let voters = epochs.validators(of: certificate.subject.epoch, certificate.subject.opener) ?? []
    let places = certificate.signatures.compactMap { entry -> Int? in
      guard Int(entry.index) < voters.count, case let place = voters[Int(entry.index)].place else { return nil }
      return register.maker(of: entry.signature) == place ? place : nil
    }
    return Set(places)
  }
}
