/** A well-formed proposal of a type; `more` overrides its fields. */
export const aProposal = (type: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  type,
  summary: `A decision of type ${type}`,
  details: {
    context: 'The checkout service times out under load.',
    options_considered: ['Raise the pool size', 'Add a cache'],
    decision: 'Raise the pool size',
    reasoning: 'It is reversible and needs no new component.',
  },
  resource: { type: 'service', id: 'checkout-api' },
  ...more,
});

/** A proposal to select a tool. */
export const aToolSelection = (tool: string): Record<string, unknown> =>
  aProposal('tool_selection', { tool: { name: tool, arguments_digest: `sha256:${'ab'.repeat(32)}` } });
