// What a project is: a directory whose programs are recorded. Its recordings live in its `.spoor/`.

export interface Project {
  /** Shown in every answer: from the configuration, else the directory's name. */
  readonly name: string;
  /** Absolute path of the directory. */
  readonly root: string;
  /** Absolute path of `<root>/.spoor`. */
  readonly spoorDirectory: string;
  /** Absolute path of `<root>/.spoor/runs`. */
  readonly runsDirectory: string;
}
