import Foundation
import Membership
import Negotiation

/// The policy votes alone, as a motion brings them: {"votes": [...]} in the form of the genesis content.
package struct VotesFile: Codable, Hashable, Sendable {
  package var votes: [ContentFile.VotesEntry]

  package static func read(_ path: String) throws(TestnetError) -> VotesFile {
    guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
    do { return try JSONDecoder().decode(VotesFile.self, from: data) } catch {
      throw .content(path: path, "it is not {\"votes\": [...]} in the form of Protocol/genesis.md")
    }
  }

  /// The votes on every item, ascending; quantities are distributed over these members.
  package func votes(of members: [MemberID], rules: VoteRules, path: String) throws(TestnetError) -> [ItemVotes] {
    let reading = ContentReading(path: path)
    var read: [ItemVotes] = []
    for entry in votes { read.append(try reading.votes(entry, members: members, rules: rules)) }
    return read.sorted { $0.item < $1.item }
  }
}
