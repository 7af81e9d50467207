import Consensus
import Cryptography
import Membership

/// The bytes by which states of a member are told apart: whatever the value holds, read by reflection, except what cannot change a vote.
///
/// A part that is not named below is always written, so that a new property of the agreement makes more states, never fewer. What is
/// left out, and why two values that differ only there have the same future as far as votes and final blocks go:
/// - *ballots, tallies, who voted, who was exposed, the latest votes of others:* votes arrive here only as many as make a certificate, and
///   no honest member contradicts itself as long as the judges are silent; the own votes are written by the driver;
/// - *who signed a certificate:* the same reason;
/// - *the number of the last ticket, the retry timer, what was asked for, the certificate that let the member in:* they decide about what is
///   sent again or asked for, and in this world every message sent can arrive at any time;
/// - *of views that were left: verdict, time-out, building:* looked at in the current view only;
/// - *verdict and building once the member chose to vote, the time-out once it chose to nullify:* there is nothing left to decide.
///
/// ``Setup/isMerging`` switches all this off; a test finds the same world without it.
final class CanonicalForm {
  private static let silent: Set<String> = [
    "context", "patience", "me", "ballots", "tallies", "nullifies", "voters", "exposed", "latest", "lastTicket",
    "retryTimer", "hasAsked", "entry", "ticket",
  ]
  private static let silentOnceDecided: Set<String> = ["judgement", "isBuilding", "isLullOver", "isTimedOut"]

  /// Types that are written as a whole: found by one look-up, which is much of what reflection costs.
  private enum Whole { case word, int, short, byte, flag, view, digest, subject, certificate, vote, text }

  private static let wholes: [ObjectIdentifier: Whole] = [
    ObjectIdentifier(UInt64.self): .word, ObjectIdentifier(Int.self): .int, ObjectIdentifier(UInt16.self): .short,
    ObjectIdentifier(UInt8.self): .byte, ObjectIdentifier(Bool.self): .flag, ObjectIdentifier(View.self): .view,
    ObjectIdentifier(Digest.self): .digest, ObjectIdentifier(VoteSubject.self): .subject,
    ObjectIdentifier(VerifiedCertificate.self): .certificate, ObjectIdentifier(Attested<Vote>.self): .vote,
    ObjectIdentifier(String.self): .text,
  ]

  private struct Item: Hashable {
    let value: AnyHashable
    let view: View
  }

  private let universe: Universe
  /// The view that the member is in.
  private var view: View = 0
  private var bytes: [UInt8] = []
  /// What was written for a round before, empty if nothing stood in it.
  private var items: [Item: [UInt8]] = [:]

  init(_ universe: Universe) { self.universe = universe }

  func bytes(of consensus: Consensus) -> [UInt8] {
    (bytes, view) = ([], consensus.view)
    write(consensus)
    return bytes
  }

  // MARK: Values

  private func write(_ value: Any) {
    switch Self.wholes[ObjectIdentifier(type(of: value))] {
    case .word?: if let number = value as? UInt64 { write(number) }
    case .int?: if let number = value as? Int { write(UInt64(bitPattern: Int64(number))) }
    case .short?: if let number = value as? UInt16 { write(UInt64(number)) }
    case .byte?: if let number = value as? UInt8 { bytes.append(number) }
    case .flag?: if let flag = value as? Bool { bytes.append(flag ? 1 : 0) }
    case .view?: if let view = value as? View { write(view.number) }
    case .digest?: if let digest = value as? Digest { write(digest) }
    case .subject?: if let subject = value as? VoteSubject { write(subject) }
    case .certificate?: if let certificate = value as? VerifiedCertificate { write(certificate.subject) }
    case .vote?: if let vote = value as? Attested<Vote> { write(vote.content.subject) }
    case .text?: if let text = value as? String { write(text) }
    case nil: writeParts(of: value)
    }
  }

  private func write(_ number: UInt64) {
    if number < 0xFF { return bytes.append(UInt8(number)) }
    bytes.append(0xFF)
    for shift in stride(from: UInt64(56), through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }

  private func write(_ text: String) {
    write(UInt64(text.utf8.count))
    bytes += text.utf8
  }

  private func write(_ digest: Digest) {
    if let block = universe.block(digest) { return bytes.append(UInt8(block)) }
    bytes.append(0xFF)
    bytes += digest.bytes
  }

  private func write(_ subject: VoteSubject) {
    if let statement = universe.statement(subject) { return bytes.append(UInt8(statement)) }
    bytes.append(0xFF)
    writeParts(of: subject)
  }

  // MARK: Parts

  private func writeParts(of value: Any) {
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional:
      bytes.append(UInt8(mirror.children.count))
      for child in mirror.children { write(child.value) }
    case .collection:
      write(UInt64(mirror.children.count))
      for child in mirror.children { write(child.value) }
    case .enum:
      write(mirror.children.first?.label ?? String(describing: value))
      for child in mirror.children { write(child.value) }
    default:
      for child in mirror.children {
        switch child.label {
        case "list"?: writeRounds(child.value)
        case let label?: if !Self.silent.contains(label) { write(child.value) }
        case nil: write(child.value)
        }
      }
    }
  }

  /// The views above the last final one; only those of which something is known, since an empty round and none are the same.
  private func writeRounds(_ rounds: Any) {
    for child in Mirror(reflecting: rounds).children {
      guard let value = child.value as? AnyHashable else { continue }
      let item = Item(value: value, view: view)
      let known = items[item] ?? form(ofRound: child.value)
      items[item] = known
      bytes += known
    }
    bytes.append(0xFE)
  }

  private func form(ofRound round: Any) -> [UInt8] {
    let before = bytes
    defer { bytes = before }
    let children = Array(Mirror(reflecting: round).children)
    let unneeded = unneeded(of: children)
    var (isEmpty, whole) = (true, [UInt8]())
    for child in children {
      let label = child.label ?? ""
      guard !Self.silent.contains(label), !unneeded.contains(label) else { continue }
      bytes = []
      write(child.value)
      whole += bytes
      if label != "view", bytes.contains(where: { $0 != 0 }), bytes != Self.open { isEmpty = false }
    }
    return isEmpty ? [] : whole
  }

  /// The first verdict, as it is written.
  private static let open: [UInt8] = [4] + Array("open".utf8)

  /// What does not matter any more of a round: depends on whether its view was left, and on what the member chose to vote in it.
  private func unneeded(of children: [Mirror.Child]) -> Set<String> {
    guard let choice = children.first(where: { $0.label == "choice" })?.value else { return [] }
    let round = children.first { $0.label == "view" }?.value as? View
    let chosen = Mirror(reflecting: choice)
    if round != view || chosen.descendant("nullify") as? Bool == true { return Self.silentOnceDecided }
    guard let notarize = chosen.descendant("notarize"), Mirror(reflecting: notarize).children.isEmpty else {
      return Self.silentOnceDecided.subtracting(["isTimedOut"])
    }
    return []
  }
}
