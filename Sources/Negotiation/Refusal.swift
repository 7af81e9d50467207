/// Why an act of a member has no effect. Recorded with the transaction in the block's results; the state stays as it was.
///
/// The numbers are part of the protocol (`Protocol/negotiation.md`, section 10) and never change their meaning.
package enum Refusal: UInt16, Error, Hashable, Sendable, CaseIterable {
  case notAMember = 1
  case notInElectorate = 2
  // Opening and withdrawing
  case kindNotSupported = 10
  case docketExists = 11
  case itemsEmpty = 12
  case itemsNotAscending = 13
  case itemUnknown = 14
  case itemRetired = 15
  case itemInDocket = 16
  case itemHasFloor = 17
  case itemWithoutFloor = 18
  case windowTooShort = 19
  case windowTooLong = 20
  case openingTwice = 21
  case openingLimit = 22
  case notTheOpener = 23
  case withdrawTooLate = 24
  // Finding the place
  case docketUnknown = 30
  case lotUnknown = 31
  case docketEnded = 32
  case windowNotOpen = 33
  case windowClosed = 34
  // Commitments
  case commitmentExists = 40
  case replacesMismatch = 41
  case commitmentReplayed = 42
  case commitmentLimit = 43
  // Reveals
  case commitmentMissing = 50
  case commitmentMismatch = 51
  case revealTwice = 52
  case itemTwice = 53
  case itemNotInLot = 54
  case itemMissing = 55
  case unitMismatch = 56
  case scaleMismatch = 57
  case evidenceMissing = 58
  case evidenceCircular = 59
  // Ballots
  case callMismatch = 70
  case ballotTwice = 71

  /// The stable code.
  package var code: String {
    switch self {
    case .notAMember: "NOT_A_MEMBER"
    case .notInElectorate: "NOT_IN_ELECTORATE"
    case .kindNotSupported: "KIND_NOT_SUPPORTED"
    case .docketExists: "DOCKET_EXISTS"
    case .itemsEmpty: "ITEMS_EMPTY"
    case .itemsNotAscending: "ITEMS_NOT_ASCENDING"
    case .itemUnknown: "ITEM_UNKNOWN"
    case .itemRetired: "ITEM_RETIRED"
    case .itemInDocket: "ITEM_IN_DOCKET"
    case .itemHasFloor: "ITEM_HAS_FLOOR"
    case .itemWithoutFloor: "ITEM_WITHOUT_FLOOR"
    case .windowTooShort: "WINDOW_TOO_SHORT"
    case .windowTooLong: "WINDOW_TOO_LONG"
    case .openingTwice: "OPENING_TWICE"
    case .openingLimit: "OPENING_LIMIT"
    case .notTheOpener: "NOT_THE_OPENER"
    case .withdrawTooLate: "WITHDRAW_TOO_LATE"
    case .docketUnknown: "DOCKET_UNKNOWN"
    case .lotUnknown: "LOT_UNKNOWN"
    case .docketEnded: "DOCKET_ENDED"
    case .windowNotOpen: "WINDOW_NOT_OPEN"
    case .windowClosed: "WINDOW_CLOSED"
    case .commitmentExists: "COMMITMENT_EXISTS"
    case .replacesMismatch: "REPLACES_MISMATCH"
    case .commitmentReplayed: "COMMITMENT_REPLAYED"
    case .commitmentLimit: "COMMITMENT_LIMIT"
    case .commitmentMissing: "COMMITMENT_MISSING"
    case .commitmentMismatch: "COMMITMENT_MISMATCH"
    case .revealTwice: "REVEAL_TWICE"
    case .itemTwice: "ITEM_TWICE"
    case .itemNotInLot: "ITEM_NOT_IN_LOT"
    case .itemMissing: "ITEM_MISSING"
    case .unitMismatch: "UNIT_MISMATCH"
    case .scaleMismatch: "SCALE_MISMATCH"
    case .evidenceMissing: "EVIDENCE_MISSING"
    case .evidenceCircular: "EVIDENCE_CIRCULAR"
    case .callMismatch: "CALL_MISMATCH"
    case .ballotTwice: "BALLOT_TWICE"
    }
  }
}

extension Refusal {
  /// What happened, for people.
  package var sentence: String {
    switch self {
    case .notAMember: "the signer is not a full member of this network"
    case .notInElectorate: "the docket was opened before this member had votes; it takes part in those opened since"
    case .kindNotSupported: "this version opens dockets of the kinds FIRST and ROUTINE only"
    case .docketExists: "a docket of that name exists already; names are never used twice"
    case .itemsEmpty: "a docket needs at least one item"
    case .itemsNotAscending: "the items must be listed in strictly ascending order of their names"
    case .itemUnknown: "an item version is not in the registry"
    case .itemRetired: "an item version is retired; name the version that replaced it"
    case .itemInDocket: "an item is in another live docket; wait until that one has ended"
    case .itemHasFloor: "an item has a floor already; revise it with a docket of kind ROUTINE"
    case .itemWithoutFloor: "an item has no floor yet; set one with a docket of kind FIRST"
    case .windowTooShort: "a window is shorter than the network's minimum"
    case .windowTooLong: "a window is longer than ten years"
    case .openingTwice: "this member has signed an opening of a docket of that name already"
    case .openingLimit: "this member supports as many proposed openings as it may; withdraw one first"
    case .notTheOpener: "only a member that opened the docket can withdraw it"
    case .withdrawTooLate: "the first commit window has opened: the docket runs its course"
    case .docketUnknown: "there is no docket of that name"
    case .lotUnknown: "the docket has no lot of that number"
    case .docketEnded: "the docket has ended"
    case .windowNotOpen: "the window for this has not opened yet"
    case .windowClosed: "the window for this is closed"
    case .commitmentExists: "this member has another commitment in this round; name its digest to replace it"
    case .replacesMismatch: "the commitment to be replaced is not this member's latest one in this round"
    case .commitmentReplayed: "this digest was committed before in this docket, by another member or in another round"
    case .commitmentLimit: "this member has replaced its commitment as often as it may in this round"
    case .commitmentMissing: "this member has no commitment in this round"
    case .commitmentMismatch: "sheet and salt do not give the digest that was committed"
    case .revealTwice: "this member's sheet of this round was revealed before"
    case .itemTwice: "the sheet answers an item twice"
    case .itemNotInLot: "the sheet answers an item that is not in the lot"
    case .itemMissing: "the sheet leaves an item of the lot unanswered; ABSTAIN and NO_DATA are answers"
    case .unitMismatch: "a quote is in another unit than its item's"
    case .scaleMismatch: "a quote has another number of decimals than its item's"
    case .evidenceMissing: "a sheet with prices must name at least one piece of evidence"
    case .evidenceCircular: "all evidence of the sheet is circular, which has no weight"
    case .callMismatch: "the ballot is for another call of the vote than the one that is open"
    case .ballotTwice: "this member has voted in this call; a vote is neither changed nor split"
    }
  }
}
