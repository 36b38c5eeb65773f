/** Something that the person has to do or to know, said in full by the message. */
export class Refusal extends Error {}
