import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership

/// Everything that can be spoken of within the bounds, numbered: blocks from 0, which opened the epoch, and statements, so that a set of
/// votes is a word of bits.
///
/// Of a view that an honest member leads there is one block on each possible parent, of a view of the traitor's there are several.
package struct Universe: Sendable {
  package struct Block: Sendable {
    package let number: Int
    package let view: Int
    /// The parent's number; the opening block is its own.
    package let parent: Int
    package let height: Int
    package let leader: Int
    let link: BlockLink
  }

  package enum Kind: Int, Sendable { case notarize, finalize, nullify }

  package struct Statement: Sendable {
    package let number: Int
    package let kind: Kind
    package let view: Int
    /// Nil exactly for `nullify`.
    package let block: Int?
    let subject: VoteSubject
    /// By member, the signed vote.
    let votes: [Attested<Vote>]
  }

  let setup: Setup
  let cast: Cast
  package let blocks: [Block]
  package let statements: [Statement]
  /// By view, from 0, which has none: the numbers of `nullify`.
  let nullifies: [Int]
  private let blockNumbers: [Digest: Int]
  private let statementNumbers: [VoteSubject: Int]

  init(_ setup: Setup) throws {
    self.setup = setup
    cast = try Cast()
    let blocks = Self.blocks(setup, cast)
    let statements = try Self.statements(blocks, setup, cast)
    (self.blocks, self.statements) = (blocks, statements)
    nullifies = (0...setup.views).map { view in
      statements.first { $0.kind == .nullify && $0.view == view }?.number ?? 0
    }
    blockNumbers = Dictionary(blocks.map { ($0.link.digest, $0.number) }, uniquingKeysWith: { first, _ in first })
    statementNumbers = Dictionary(statements.map { ($0.subject, $0.number) }, uniquingKeysWith: { first, _ in first })
  }

  private static func blocks(_ setup: Setup, _ cast: Cast) -> [Block] {
    var blocks = [Block(number: 0, view: 0, parent: 0, height: 0, leader: 0, link: cast.context.root)]
    for view in 1...setup.views {
      let leader = setup.leader(of: view)
      for parent in blocks where parent.view < view {
        for variant in 0..<(leader == setup.traitor ? setup.variants : 1) {
          let height = parent.height + 1
          let link = BlockLink(
            digest: Cast.digest("\(view) on \(parent.number), \(variant)"), height: Height(UInt64(height)),
            view: View(UInt64(view)), parent: parent.link.digest, parentView: parent.link.view)
          blocks.append(
            Block(number: blocks.count, view: view, parent: parent.number, height: height, leader: leader, link: link))
        }
      }
    }
    return blocks
  }

  private static func statements(_ blocks: [Block], _ setup: Setup, _ cast: Cast) throws -> [Statement] {
    var subjects: [(Kind, Int, Int?, VoteSubject)] = []
    for block in blocks.dropFirst() {
      let (digest, view) = (block.link.digest, block.link.view)
      subjects.append((.notarize, block.view, block.number, .notarize(digest, in: view, of: cast.context)))
      subjects.append((.finalize, block.view, block.number, .finalize(digest, in: view, of: cast.context)))
    }
    for view in 1...setup.views {
      subjects.append((.nullify, view, nil, .nullify(View(UInt64(view)), of: cast.context)))
    }
    return try subjects.enumerated().map { number, entry in
      let votes = try (0..<Setup.members).map { member in
        try cast.sign(Vote(entry.3, by: cast.id(member))).attested(in: cast.context, by: CheapSignatures())
      }
      return Statement(
        number: number, kind: entry.0, view: entry.1, block: entry.2, subject: entry.3, votes: votes)
    }
  }

  func block(_ digest: Digest) -> Int? { blockNumbers[digest] }

  func statement(_ subject: VoteSubject) -> Int? { statementNumbers[subject] }

  func notarize(_ block: Int) -> Int { (block - 1) * 2 }

  func finalize(_ block: Int) -> Int { (block - 1) * 2 + 1 }

  /// A certificate by three members.
  func certificate(_ statement: Int, by signers: [Int]) -> Certificate {
    let subject = statements[statement].subject
    let signatures = signers.sorted().map { member in
      CertificateSignature(
        index: UInt16(member), signature: statements[statement].votes[member].statement.signature)
    }
    return Certificate(subject: subject, signatures: signatures)
  }

  /// What a person calls a statement.
  package func name(_ statement: Int) -> String {
    let entry = statements[statement]
    guard let block = entry.block else { return "nullify(\(entry.view))" }
    return "\(entry.kind)(\(entry.view), \(name(block: block)))"
  }

  /// What a person calls a step.
  func describe(_ step: Step) -> String {
    switch step {
    case .timeOut: "its time is over"
    case .built: "its block is built"
    case .judged(let isValid): isValid ? "it finds the block valid" : "it finds the block invalid"
    case .stored: "its disk stores a record"
    case .restart(let isKept):
      isKept ? "it crashes, all written, and starts" : "it crashes, unwritten records lost, and starts"
    case .proposal(let block): "the proposal \(name(block: block)) on \(name(block: blocks[block].parent)) arrives"
    case .block(let block): "the block \(name(block: block)) arrives"
    case .certificate(let statement): "a certificate of \(name(statement)) arrives"
    case .votes(let statement): "votes arrive that make a certificate of \(name(statement))"
    case .echo(let statement): "its own \(name(statement)) comes back"
    }
  }

  /// What a person calls a block: its view, a letter among the view's blocks, and its parent.
  package func name(block number: Int) -> String {
    guard number > 0 else { return "opening" }
    let block = blocks[number]
    let place = number - (blocks.first { $0.view == block.view }?.number ?? number)
    let letter = String(UnicodeScalar(UInt8(97 + place % 26)))
    return "\(block.view)\(letter)"
  }
}
