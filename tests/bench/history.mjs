export async function longConversation() {}
